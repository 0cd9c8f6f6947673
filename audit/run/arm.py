"""What is an arm? One record for each way in which there can be a model to ask."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from audit.run.identity import AnyIdentity, read_identity

BEFORE, AFTER = "before", "after"
BEFORE_AGAIN = "before-again"
"""The arm that is `before`, asked a second time in other batches; it shows the noise floor."""

NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"
Name = Annotated[str, Field(pattern=rf"^{NAME}$", max_length=200)]
"""A name that is part of a file's name."""
Counted = Annotated[int, Field(ge=0)]


class Record(BaseModel):
    """A part of a manifest: frozen, and every unknown key is an error."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        protected_namespaces=(),
        use_attribute_docstrings=True,
    )


class ModelFiles(Record):
    """A whole model: where its files are, and the digest of its weights."""

    source: str
    """The folder or hub id as it was configured."""
    folder: str
    """The folder that holds the files, as an absolute path."""
    revision: str | None
    """The hub's commit; null for a folder."""
    weights_sha256: str
    """The sha256 of the weights when they were first read. Asking reads and hashes them again."""

    def described(self) -> str:
        """Return where the model comes from."""
        return f"{self.source} at {self.revision}" if self.revision else self.source


class BaseWeights(Record):
    """The arm is the model that the run is about, as it is."""

    kind: Literal["base"]
    """What the arm is."""
    model: ModelFiles
    """The model."""

    def described(self) -> str:
        """Return what the arm is, in words."""
        return self.model.described()


class AdapterWeights(Record):
    """The arm is a base model with an adapter."""

    kind: Literal["adapter"]
    """What the arm is."""
    model: ModelFiles
    """The model that the adapter stands on."""
    folder: str
    """The adapter's folder, from the run's folder on where it lies inside."""
    sha256: str | None
    """The sha256 of the adapter's tensors and of what its configuration makes of them, when the arm
    was written; null where an older audit did not note it."""

    def described(self) -> str:
        """Return what the arm is, in words."""
        return f"the adapter {self.folder} on {self.model.described()}"


class FullWeights(Record):
    """The arm is another whole model of the same architecture, a full fine-tune for example."""

    kind: Literal["full"]
    """What the arm is."""
    model: ModelFiles
    """The model."""

    def described(self) -> str:
        """Return what the arm is, in words."""
        return self.model.described()


class ServedModel(Record):
    """The arm is a model that a server answers for; a server tells no digests."""

    kind: Literal["served"]
    """What the arm is."""
    url: str
    """Where the server listens."""
    model: str
    """The name by which the server knows the model."""

    def described(self) -> str:
        """Return what the arm is, in words."""
        return f"{self.model} at {self.url}"


class ImportedAnswers(Record):
    """The arm's answers were made elsewhere, and no model of it is known."""

    kind: Literal["imported"]
    """What the arm is."""
    file: str | None
    """The file that the answers were read from; null where an older audit did not note it."""
    file_sha256: str | None
    """The sha256 of that file; null where it is not known or was no file but a pipe."""

    def described(self) -> str:
        """Return what the arm is, in words."""
        return f"answers from {self.file or 'elsewhere'}"


class WeightsProof(Record):
    """How it was proven that the engine answers with the arm's weights.

    The engine and transformers, which is given the same weights, each state the log-probability of
    every token of a few fixed texts.
    """

    tokens: Counted
    """How many tokens' log-probabilities were compared."""
    largest_difference: float
    """The largest difference between the engine and transformers, in nats."""
    tolerance: float
    """The largest difference allowed, as measured for the precision and the device."""
    moved: float | None
    """How far the engine's log-probabilities are from those of the session's first arm; null for
    that arm itself."""
    expected_move: float | None
    """How far transformers' are."""
    back_again: float | None
    """For the first arm, taken on once more at the end: how far its log-probabilities then are from
    its first ones; null for others, and until then."""


class TakenOn(Record):
    """By which way the engine became the arm; all arms of a session go the same way."""

    way: Literal[
        "swapped in place",
        "swapped from files",
        "adapter requested",
        "engine of its own",
        "built anew",
    ]
    """How its weights came into the engine."""
    reason: str
    """Why that way."""


Source = Annotated[
    BaseWeights | AdapterWeights | FullWeights | ServedModel | ImportedAnswers,
    Field(discriminator="kind"),
]


def model_of(source: Source) -> ModelFiles | None:
    """Return the whole model that an arm is or its adapter stands on; null where none is here."""
    return None if isinstance(source, ImportedAnswers | ServedModel) else source.model


class Arm(Record):
    """One model as it is asked. It stands in the manifest before its first question."""

    name: Name = Field(exclude=True)
    """The arm's name, which is its key in the manifest."""
    source: Source
    """What the arm is."""
    step: Counted | None
    """The training step that it was saved at; null for what is no checkpoint."""
    run: str | None
    """The folder of the run that it was trained or first asked in; null for this run."""
    identity: Annotated[AnyIdentity | None, BeforeValidator(read_identity)]
    """What its answers depend on, written before its first answer; "unknown" where the answers were
    made elsewhere, null until it is asked."""
    asked: bool
    """Whether it has answered every probe."""
    responses_sha256: str | None
    """The sha256 of its responses when the last one had come; null until then."""
    sessions: Counted
    """How often an engine was started for its answers; batches differ between sessions."""
    relative_weight_change: float | None
    """The size of the adapter's change against the weights it changes; null without an adapter."""
    merging_rounding_error: float | None
    """The size of merging's rounding error against the adapter's change; null until it is asked."""
    weights_proof: WeightsProof | None
    """How it was proven that these weights answered; null until it is asked, or where an older
    audit asked it."""
    taken_on: TakenOn | None = None
    """By which way the engine became the arm; null until it is asked, where a server answered, or
    where an older audit asked it."""
    reused_from: str | None
    """The run and the arm, as RUN#ARM, that its answers were taken over from."""


def new_arm(name: str, source: Source, *, step: int | None, run: str | None) -> Arm:
    """Return an arm that nothing was asked of yet."""
    return Arm(
        name=name,
        source=source,
        step=step,
        run=run,
        identity=None,
        asked=False,
        responses_sha256=None,
        sessions=0,
        relative_weight_change=None,
        merging_rounding_error=None,
        weights_proof=None,
        reused_from=None,
    )
