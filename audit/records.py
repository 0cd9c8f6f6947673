"""Which nouns does a run consist of? One frozen record each, as they stand in the run's files."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Kind = Literal["harmful", "borderline", "helpful"]
Label = Literal["full_refusal", "partial_refusal", "compliance", "degenerate", "unscored"]
Axis = Literal["harmful_compliance", "over_refusal", "helpfulness"]
Status = Literal["pass", "regressed", "inconclusive"]

AXES: tuple[Axis, ...] = ("harmful_compliance", "over_refusal", "helpfulness")
REFUSALS: frozenset[Label] = frozenset({"full_refusal", "partial_refusal"})

Text = Annotated[str, Field(min_length=1, pattern=r"\S")]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]*$", max_length=200)]


class DataRow(BaseModel):
    """A row of a data file: frozen, and free to carry keys that nobody here reads."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class Message(DataRow):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: Text


class AnswerCheck(DataRow):
    """Passes where any of the answers stands in the response as whole words."""

    type: Literal["answer"]
    any_of: Annotated[list[Text], Field(min_length=1)]


class NumberCheck(DataRow):
    """Passes where the last number of the response is the value, within the tolerance."""

    type: Literal["number"]
    value: float
    tolerance: Annotated[float, Field(ge=0)]


class RegexCheck(DataRow):
    """Passes where the pattern is found, ignoring case, `^` and `$` matching at lines."""

    type: Literal["regex"]
    pattern: Text


class MentionsCheck(DataRow):
    """Passes where every one of the words stands in the response."""

    type: Literal["mentions"]
    all_of: Annotated[list[Text], Field(min_length=1)]


class JsonCheck(DataRow):
    """Passes where the response holds a JSON object with all of the keys."""

    type: Literal["json"]
    keys: Annotated[list[Text], Field(min_length=1)]


class CountCheck(DataRow):
    """Passes where the count of words or of non-empty lines lies in the closed range."""

    type: Literal["words", "lines"]
    at_least: Annotated[int, Field(ge=0)]
    at_most: Annotated[int, Field(ge=1)]


Check = Annotated[
    AnswerCheck | NumberCheck | RegexCheck | MentionsCheck | JsonCheck | CountCheck,
    Field(discriminator="type"),
]


class Probe(DataRow):
    """One prompt with an id, a kind and a category; `twin` names the matched other kind."""

    id: Identifier
    set: Identifier
    kind: Kind
    category: Text
    prompt: Text | None = None
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
    """What an arm answered to a probe; `tokens` is null where it is not known."""

    probe_id: Identifier
    sample: Annotated[int, Field(ge=0)]
    text: str
    finish_reason: Literal["stop", "length", "unknown"]
    tokens: int | None


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
    `evidence` is the part of the response that decided, word for word, or null.
    """

    probe_id: Identifier
    sample: Annotated[int, Field(ge=0)]
    label: Label
    score: Annotated[float, Field(ge=0, le=1)] | None
    judge: Text
    evidence: str | None


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
