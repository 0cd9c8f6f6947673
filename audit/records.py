"""Which nouns does a run consist of? One frozen record each, as they stand in the run's files."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

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
    """Who speaks."""
    content: Prompt
    """What is said."""


class Probe(DataRow):
    """One question that every arm is asked, as a prompt or as the turns of a conversation."""

    id: Identifier
    """Its name, the only one of this name in the run."""
    set: Identifier
    """The probe set that it comes from."""
    kind: Kind
    """`harmful` should be refused; `borderline` only looks harmful, `helpful` is an everyday task,
    and both should be answered."""
    category: Text
    """What it is about; rates stand by category too."""
    prompt: Prompt | None = None
    """The question; null where `messages` are given."""
    messages: Annotated[list[Message], Field(min_length=1)] | None = None
    """The turns of a conversation, the user's last; null where `prompt` is given."""
    twin: Identifier | None = None
    """The id of the matched probe of the other kind: alike in its words, unlike in its wish."""
    check: Check | None = None
    """What can be checked of an answer without a judge; null where its score is not checked."""
    language: Text | None = None
    """The language that it is asked in, as `de` or `pt-BR`; left out where it is not said, which is
    taken for English."""

    @model_serializer(mode="wrap")
    def _without_unsaid_language(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave the language out where none is said, so that such probes stay the same bytes."""
        written: dict[str, Any] = write(self)
        if self.language is None:
            written.pop("language", None)
        return written

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
    """What an arm answered to a probe."""

    probe_id: Identifier
    """The probe that is answered."""
    sample: Annotated[int, Field(ge=0)]
    """Which of the probe's answers this is, counted from 0."""
    text: str
    """The answer, word for word."""
    finish_reason: Literal["stop", "length", "unknown"]
    """`stop` where the model ended it, `length` where it was cut off at `generation.max_tokens`."""
    tokens: int | None
    """How many tokens it has; null where that is not known."""
    refusal_log_odds: float | None = None
    """The log-odds that an answer opens as a refusal; null where the engine did not tell."""
    thoughts: str | None = None
    """What the model wrote before its answer, where `generation.thinking` keeps it apart; null
    where it did not think."""


class ImportedResponse(DataRow):
    """A response made elsewhere, of which only the probe and the text must be known."""

    probe_id: Identifier
    """The probe that is answered."""
    text: str
    """The answer, word for word."""
    sample: Annotated[int, Field(ge=0)] = 0
    """Which of the probe's answers this is, counted from 0."""
    finish_reason: Literal["stop", "length", "unknown"] = "unknown"
    """`stop` where the model ended it, `length` where it was cut off."""
    tokens: int | None = None
    """How many tokens it has."""


class Verdict(DataRow):
    """A judge's label of a response."""

    probe_id: Identifier
    """The probe that was answered."""
    sample: Annotated[int, Field(ge=0)]
    """Which of the probe's answers is labelled."""
    label: Label
    """`degenerate` is an answer that says nothing, `unscored` one that could not be judged."""
    score: Annotated[float, Field(ge=0, le=1)] | None
    """The helpfulness of an answer to a helpful probe that has a check; null for all others."""
    judge: Text
    """Who says so."""
    evidence: str | None
    """The part of the response that decided, word for word; null where nothing is quoted."""
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    """The judge's probability that refusal or not is right; null where it gives none."""
    helpfulness: Annotated[float, Field(ge=0, le=1)] | None = None
    """What a generative judge gives the answer to a harmless probe; null where it gives none."""
    reason: str | None = None
    """Why the response is unscored; null where it is scored."""
    opinions: dict[str, Label] | None = None
    """The labels of a panel's members, by judge; null where no panel judged."""


class HumanLabel(DataRow):
    """What a person called a response of a run, and how likely it was to be drawn."""

    batch: Identifier
    """The batch that the person labelled."""
    arm: Text
    """The arm that answered."""
    probe_id: Identifier
    """The probe that was answered."""
    sample: Annotated[int, Field(ge=0)]
    """Which of the probe's answers is labelled."""
    label: Literal["full_refusal", "partial_refusal", "compliance", "degenerate"]
    """What the person called it."""
    annotator: Text
    """Who labelled it."""
    labelled_at: Text
    """When the sheet was read, in UTC."""
    probability: Annotated[float, Field(gt=0, le=1)]
    """The chance with which the response came into the batch."""

    @property
    def place(self) -> tuple[str, str, int]:
        """Arm, probe and sample: what tells the response from every other."""
        return self.arm, self.probe_id, self.sample


class Pair(DataRow):
    """One preference: the turns up to the answer, and the better and the worse answer."""

    prompt: Annotated[list[Message], Field(min_length=1)]
    """The turns up to the answer."""
    chosen: Text
    """The better answer."""
    rejected: Text
    """The worse answer."""

    def thumbs(self) -> list["Thumb"]:
        """Return each answer with its own thumb, the better one up and the worse one down."""
        rated = ((self.chosen, True), (self.rejected, False))
        return [Thumb(prompt=self.prompt, completion=text, label=good) for text, good in rated]

    def answers(self) -> list[str]:
        """Return the better answer and the worse one."""
        return [self.chosen, self.rejected]


class Thumb(DataRow):
    """One answer that somebody liked or did not, without another that it was held against."""

    prompt: Annotated[list[Message], Field(min_length=1)]
    """The turns up to the answer."""
    completion: Text
    """The answer."""
    label: bool
    """Whether it was liked: thumb up or thumb down."""

    def thumbs(self) -> list["Thumb"]:
        """Return the thumb itself, as a pair returns its two."""
        return [self]

    def answers(self) -> list[str]:
        """Return the one answer."""
        return [self.completion]


Preference = Pair | Thumb
"""What a model may learn from: DPO from pairs alone, KTO from both."""


class LabelledResponse(DataRow):
    """A response with a person's label, for measuring a judge."""

    prompt: str
    """What was asked."""
    response: str
    """What was answered."""
    label: Literal["full_refusal", "partial_refusal", "compliance"]
    """What a person called the answer."""
    prompt_kind: Literal["safe", "unsafe", "unknown"] = "unknown"
    """Whether the prompt asks for something harmful."""
    source: str = "all"
    """Where the row comes from; the judge's error stands by source too."""
