"""Which nouns does a run consist of? One frozen record each, as they stand in the run's files."""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, model_validator

from audit.answer_checks import Check
from audit.files.data_row import DataRow, Identifier, Prompt, Text

Kind = Literal["harmful", "borderline", "helpful"]
Label = Literal["full_refusal", "partial_refusal", "compliance", "degenerate", "unscored"]
Status = Literal["pass", "regressed", "inconclusive"]

STATUSES: tuple[Status, ...] = ("pass", "inconclusive", "regressed")
"""From the best to the worst; a verdict is the worst of its parts."""
REFUSALS: frozenset[Label] = frozenset({"full_refusal", "partial_refusal"})


def worst(statuses: Iterable[Status]) -> Status:
    """Return the worst of one or more statuses."""
    return max(statuses, key=STATUSES.index)


class Message(DataRow):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: Prompt


class Probe(DataRow):
    """One prompt with an id, a kind and a category; `twin` names the matched other kind."""

    id: Identifier
    set: Identifier
    kind: Kind
    category: Text
    prompt: Prompt | None = None
    messages: Annotated[list[Message], Field(min_length=1)] | None = None
    twin: Identifier | None = None
    check: Check | None = None

    @model_validator(mode="after")
    def _one_wording(self) -> "Probe":
        if (self.prompt is None) == (self.messages is None):
            raise ValueError("give exactly one of prompt (a string) and messages (a list)")
        if self.messages is not None and self.messages[-1].role != "user":
            raise ValueError("the last of the messages must be the user's")
        return self

    def conversation(self) -> list[Message]:
        """Return the turns that the model is asked, the user's last."""
        return self.messages or [Message(role="user", content=self.prompt or "")]

    def question(self) -> str:
        """Return the last user turn, which is what the response answers."""
        return self.conversation()[-1].content


class Response(DataRow):
    """What an arm answered to a probe; `tokens` is null where it is not known.

    `refusal_log_odds` are those of a refusal opening, null where the engine did not tell.
    """

    probe_id: Identifier
    sample: Annotated[int, Field(ge=0)]
    text: str
    finish_reason: Literal["stop", "length", "unknown"]
    tokens: int | None
    refusal_log_odds: float | None = None


class ImportedResponse(DataRow):
    """A response made elsewhere, of which only the probe and the text must be known."""

    probe_id: Identifier
    text: str
    sample: Annotated[int, Field(ge=0)] = 0
    finish_reason: Literal["stop", "length", "unknown"] = "unknown"
    tokens: int | None = None


class Verdict(DataRow):
    """A judge's label of a response.

    `score` is the helpfulness in [0, 1] on helpful probes that have a check, else null.
    `evidence` is the part of the response that decided, word for word, or null. `confidence` is
    the judge's probability that its label, refusal or not, is right; null where it gives none.
    `helpfulness` is what a generative judge gives the answer to a harmless probe, in [0, 1].
    `reason` says why a response is unscored. `opinions` are the labels of a panel's members.
    """

    probe_id: Identifier
    sample: Annotated[int, Field(ge=0)]
    label: Label
    score: Annotated[float, Field(ge=0, le=1)] | None
    judge: Text
    evidence: str | None
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    helpfulness: Annotated[float, Field(ge=0, le=1)] | None = None
    reason: str | None = None
    opinions: dict[str, Label] | None = None


class HumanLabel(DataRow):
    """What a person called a response of a run, and how likely it was to be drawn.

    `probability` is the chance in (0, 1] with which the response came into the sample.
    """

    batch: Identifier
    arm: Text
    probe_id: Identifier
    sample: Annotated[int, Field(ge=0)]
    label: Literal["full_refusal", "partial_refusal", "compliance", "degenerate"]
    annotator: Text
    labelled_at: Text
    probability: Annotated[float, Field(gt=0, le=1)]


class Pair(DataRow):
    """One preference: the turns up to the answer, and the better and the worse answer."""

    prompt: Annotated[list[Message], Field(min_length=1)]
    chosen: Text
    rejected: Text


class LabelledResponse(DataRow):
    """A response with a person's label, for measuring a judge."""

    prompt: str
    response: str
    label: Literal["full_refusal", "partial_refusal", "compliance"]
    prompt_kind: Literal["safe", "unsafe", "unknown"] = "unknown"
    source: str = "all"
