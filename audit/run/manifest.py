"""What does a run's manifest hold? Its records, one for each noun, all frozen."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, SerializeAsAny, model_validator

from audit.errors import InputError, Problem
from audit.run.arm import (
    AFTER,
    BEFORE,
    BEFORE_AGAIN,
    Arm,
    Counted,
    ModelFiles,
    Name,
    Record,
    model_of,
)
from audit.run.identity import AnyIdentity, same_weights
from audit.run.shard import Shard

MANIFEST_VERSION: Literal[2] = 2
Seconds = Annotated[float, Field(ge=0)]


class PairShape(Record):
    """What the training pairs, or thumbs, look like; lengths are in characters."""

    multi_turn: Counted
    """Pairs with several turns."""
    repeated_prompts: Counted
    """Pairs whose prompt an earlier pair has."""
    median_prompt_characters: int | float
    """The length of the middle prompt."""
    median_chosen_characters: int | float
    """The length of the middle chosen answer, or liked one."""
    median_rejected_characters: int | float
    """The length of the middle rejected answer, or disliked one."""
    chosen_is_longer: Counted | None
    """Pairs whose chosen answer is the longer one; null where there are no pairs."""


class StoppedTraining(Record):
    """How training ended before its last step, since the gate was surely lost."""

    step: Counted
    """After so many steps."""
    of: Counted
    """So many were to be made."""


class Training(Record):
    """What the arms were trained on, and with which libraries."""

    preferences_sha256: str
    """The sha256 of the pairs."""
    pairs: Counted
    """Pairs to train on, or thumbs where the method learns from those."""
    evaluation_pairs: Counted
    """Pairs, or thumbs, to evaluate on."""
    dropped_rows: Counted
    """Rows that could not be learned from."""
    reference: str | None = None
    """What the method measures against, in words; null where an older audit did not note it."""
    shape: PairShape | None
    """What the pairs look like; null where an older audit did not note it."""
    versions: dict[str, str]
    """The versions of the training libraries."""
    device: str | None
    """The GPU or the machine; null until training has ended."""
    last_session_seconds: Seconds | None
    """How long the last session took; null until training has ended."""
    seconds_a_step: Seconds | None = None
    """How long a step of the last session took in the median; null until training has ended."""
    peak_memory_bytes: Counted | None = None
    """The most memory that the last session took: on the GPU, or without one of the whole process;
    null until training has ended."""
    stopped: StoppedTraining | None = None
    """How it was stopped on the way (`train.stop_when_lost`); null where it came to its end."""


class Stopped(Record):
    """How asking stopped before all probes were asked."""

    asked: Counted
    """So many probes were asked; they are in probes.jsonl."""
    of: Counted
    """So many there are; they are in probes-all.jsonl."""


class Blessed(Record):
    """As what the baseline of a check was chosen, and why."""

    name: str
    """The baseline's name in the history."""
    reason: str
    """Why it was chosen, in the words of whoever did."""
    blessed_at: str
    """When."""


class StatedJudge(BaseModel):
    """Who has labelled this run's responses. The rest of its identity stands beside, as stated."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="allow",
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )
    __pydantic_extra__: dict[str, JsonValue]

    name: Name
    """The judge's name, which is its key in the manifest."""
    sha256: str
    """The sha256 of all that its labels depend on."""


Stage = Literal["train", "score", "compare", "report"]


class Done(Record):
    """Which stages of the run have ended; each mark is written last. Asking is marked by arm."""

    train: bool = False
    """The adapter is saved."""
    score: bool = False
    """The run's judge, or another, has labelled every arm's responses."""
    compare: bool = False
    """comparison.json is written."""
    report: bool = False
    """report.html is written."""


Origin = Literal["training", "models", "check", "import"]


class Manifest(Record):
    """Which arms a run has, what made them, and which of its stages are done."""

    version: Literal[2]
    """The version of this layout."""
    audit_version: str | None
    """The version of the audit that began the run."""
    command: str | None
    """The command that began the run."""
    origin: Origin
    """`training` where the arms are those of a training here, `models` where models trained
    elsewhere are compared, `check` where a candidate is held against a baseline, `import` where
    answers were made elsewhere."""
    model: ModelFiles | None
    """The model that is trained, or the baseline's, or the first of several or what its adapter
    stands on; null where answers were made elsewhere."""
    train: Training | None
    """What was trained on; null where nothing was."""
    arms: dict[Name, Arm]
    """The arms by name."""
    shard: Shard | None = None
    """Which part of the probes its arms are asked; null where it is all of them."""
    stopped: Stopped | None = None
    """How asking stopped when every axis was decided; null where all probes were asked."""
    blessed: Blessed | None = None
    """As what the baseline was blessed; null where nothing is checked, where the baseline was named
    by its folder, and where an older audit did not note it."""
    probes_sha256: str | None
    """The sha256 of probes.jsonl as it was written; null where an older audit did not note it."""
    scored: dict[Name, dict[Name, str]]
    """By judge and arm: the sha256 of the probes and responses that its verdicts were made of."""
    compared: dict[Name, str] | None
    """By arm: the sha256 of the probes and responses that comparison.json was made of; null until
    then, and where an older audit did not note it."""
    judges: dict[Name, SerializeAsAny[StatedJudge]]
    """The judges that have labelled this run's responses, by name."""
    seconds: dict[str, Seconds]
    """How long each stage took, in sessions that came to their end."""
    done: Done
    """Which stages have ended."""

    @model_validator(mode="before")
    @classmethod
    def _name_arms(cls, stated: Any) -> Any:
        """Give each arm the name that it stands under."""
        arms = stated.get("arms") if isinstance(stated, dict) else None
        if not isinstance(arms, dict):
            return stated
        named = {
            name: {**arm, "name": name} if isinstance(arm, dict) else arm
            for name, arm in arms.items()
        }
        return {**stated, "arms": named}

    def in_order(self) -> list[Arm]:
        """Return the arms in the order of training: before, again, the checkpoints, after."""
        ends = {BEFORE: -2, BEFORE_AGAIN: -1, AFTER: 2}
        return sorted(self.arms.values(), key=lambda arm: (ends.get(arm.name, 1), arm.step or 0))

    def begun(self) -> list[Arm]:
        """Return the arms that have answers, in the same order."""
        return [arm for arm in self.in_order() if arm.identity is not None]

    def identity_of(self, arm: str) -> AnyIdentity:
        """Return what an arm's answers depend on.

        Raises:
            InputError: the arm has not been asked.
        """
        noted = self.arms[arm].identity if arm in self.arms else None
        if noted is None:
            fix = "run `audit generate` first"
            raise InputError(Problem("the run's manifest", f'the arm "{arm}" was not asked', fix))
        return noted

    def is_unmoved(self, arm: str, before: AnyIdentity) -> bool:
        """Say whether an arm's weights are those of `before`, as far as that is known.

        Raises:
            InputError: the arm has not been asked.
        """
        same = same_weights(before, self.identity_of(arm))
        return same or self.arms[arm].relative_weight_change == 0.0

    def models(self) -> list[ModelFiles]:
        """Return all whole models that the run is about or an arm's adapter stands on."""
        of_arms = [model_of(arm.source) for arm in self.arms.values()]
        return [model for model in (self.model, *of_arms) if model is not None]

    def with_arms(self, *arms: Arm) -> "Manifest":
        """Return the manifest with the arms in it, each in the place of one of the same name."""
        return self.model_copy(update={"arms": {**self.arms, **{arm.name: arm for arm in arms}}})

    def with_training(self, training: Training) -> "Manifest":
        """Return the manifest with what was trained on."""
        return self.model_copy(update={"train": training})

    def with_stopped_training(self, stopped: StoppedTraining) -> "Manifest":
        """Return the manifest with the step that training was stopped after."""
        now = self.train and self.train.model_copy(update={"stopped": stopped})
        return self.model_copy(update={"train": now})

    def with_judge(self, judge: dict[str, Any]) -> "Manifest":
        """Return the manifest with the judge in it, in the place of one of the same name."""
        read = StatedJudge.model_validate(judge)
        return self.model_copy(update={"judges": {**self.judges, read.name: read}})

    def with_scored(self, judge: str, made_of: dict[str, str]) -> "Manifest":
        """Return the manifest with what a judge's verdicts were made of, by arm."""
        return self.model_copy(update={"scored": {**self.scored, judge: made_of}})

    def with_compared(self, made_of: dict[str, str]) -> "Manifest":
        """Return the manifest with what the comparison was made of, by arm."""
        return self.model_copy(update={"compared": made_of})

    def with_judge_renamed(self, name: str, kept: str) -> "Manifest":
        """Return the manifest with a judge under another name, and nobody under its own."""
        judge = self.judges[name].model_copy(update={"name": kept})
        others = {key: noted for key, noted in self.judges.items() if key != name}
        scored = {kept if key == name else key: made for key, made in self.scored.items()}
        return self.model_copy(update={"judges": {**others, kept: judge}, "scored": scored})

    def with_done(self, stage: Stage) -> "Manifest":
        """Return the manifest with the stage's mark."""
        return self.model_copy(update={"done": self.done.model_copy(update={stage: True})})

    def with_seconds(self, stage: str, seconds: float) -> "Manifest":
        """Return the manifest with a session's seconds added to those of the stage."""
        total = round(self.seconds.get(stage, 0.0) + seconds, 1)
        return self.model_copy(update={"seconds": {**self.seconds, stage: total}})


Change = Callable[[Manifest], Manifest]


def new_manifest(
    origin: Origin,
    audit_version: str,
    command: str | None,
    model: ModelFiles | None,
    arms: list[Arm],
    probes_sha256: str,
) -> Manifest:
    """Return the manifest of a run in which no stage is done."""
    return Manifest(
        version=MANIFEST_VERSION,
        audit_version=audit_version,
        command=command,
        origin=origin,
        model=model,
        train=None,
        shard=None,
        probes_sha256=probes_sha256,
        scored={},
        compared=None,
        arms={arm.name: arm for arm in arms},
        judges={},
        seconds={},
        done=Done(),
    )
