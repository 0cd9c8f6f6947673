"""What did a manifest of version 1 hold, and which manifest of today says the same?

Version 1 named no arms before they were asked. What each one was followed from its name and from
the run's folders, and digests of adapters' files were not noted.
"""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SerializeAsAny

from audit.run.arm import (
    AFTER,
    BEFORE,
    BEFORE_AGAIN,
    AdapterWeights,
    Arm,
    BaseWeights,
    Counted,
    FullWeights,
    ImportedAnswers,
    ModelFiles,
    Name,
    Source,
    new_arm,
)
from audit.run.identity import AnyIdentity, read_identity
from audit.run.manifest import (
    MANIFEST_VERSION,
    Done,
    Manifest,
    Origin,
    PairShape,
    Seconds,
    StatedJudge,
    Training,
)

VERSION = 1


class Former(BaseModel):
    """A part of a manifest of version 1; keys that nothing here reads are left out."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", allow_inf_nan=False)


class FormerArm(Former):
    """An arm that had been asked, or was being asked."""

    identity: Annotated[AnyIdentity, BeforeValidator(read_identity)]
    step: Counted | None
    relative_weight_change: float | None = None
    merging_rounding_error: float | None = None
    sessions: Counted = 1
    reused_from: str | None = None


class FormerSubject(Former):
    """One side of a check."""

    model: Annotated[ModelFiles | None, BeforeValidator(lambda stated: stated or None)]
    """Empty where the side's answers were made elsewhere."""
    adapter: str | None
    step: Counted | None


class FormerTraining(Former):
    """What was trained on."""

    preferences_sha256: str
    pairs: Counted
    evaluation_pairs: Counted
    dropped_rows: Counted
    shape: PairShape | None = None
    versions: dict[str, str]
    device: str | None = None
    last_session_seconds: Seconds | None = None


class FormerDone(Former):
    """Marks of stages, and the list of arms that had answered every probe."""

    train: bool = False
    generate: list[str] = Field(default=[])
    score: bool = False
    compare: bool = False
    report: bool = False
    imported: bool = Field(default=False, alias="import")


class FormerManifest(Former):
    """The whole of it."""

    audit_version: str | None = None
    command: str | None = None
    model: ModelFiles | None
    subjects: dict[Name, FormerSubject] | None = None
    train: FormerTraining | None = None
    arms: dict[Name, FormerArm] = Field(default={})
    judges: dict[Name, SerializeAsAny[StatedJudge]] = Field(default={})
    seconds: dict[str, Seconds] = Field(default={})
    done: FormerDone = FormerDone()


def upgraded(stated: dict[str, Any]) -> Manifest:
    """Return a manifest of version 1 as one of today.

    Raises:
        ValidationError: it holds what version 1 never held.
    """
    former = FormerManifest.model_validate(stated)
    done = former.done
    return Manifest(
        version=MANIFEST_VERSION,
        audit_version=former.audit_version,
        command=former.command,
        origin=_origin(former),
        model=former.model,
        train=Training(**vars(former.train)) if former.train else None,
        arms=_arms(former),
        probes_sha256=None,
        scored={},
        compared=None,
        judges=former.judges,
        seconds=former.seconds,
        done=Done(train=done.train, score=done.score, compare=done.compare, report=done.report),
    )


def _origin(former: FormerManifest) -> Origin:
    if former.done.imported:
        return "import"
    return "training" if former.subjects is None else "check"


def _arms(former: FormerManifest) -> dict[str, Arm]:
    upgraded = {}
    for name in [*(former.subjects or {}), *former.arms]:
        arm, subject = former.arms.get(name), (former.subjects or {}).get(name)
        step = arm.step if arm else subject.step if subject else None
        made = new_arm(name, _source(former, name, subject, step), step=step, run=None)
        if arm:
            complete = name in former.done.generate or former.done.imported
            noted = {**vars(arm), "asked": complete or arm.reused_from is not None}
            made = made.model_copy(update=noted)
        upgraded[name] = made
    return upgraded


def _source(
    former: FormerManifest, name: str, subject: FormerSubject | None, step: int | None
) -> Source:
    """Return what an arm was: a check's side, the run's model, or an adapter by its folder."""
    model = subject.model if subject else former.model
    if model is None:
        return ImportedAnswers(kind="imported", file=None, file_sha256=None)
    folder = subject.adapter if subject else _trained_adapter(name, step)
    if folder is not None:
        return AdapterWeights(kind="adapter", model=model, folder=folder, sha256=None)
    if model != former.model:
        return FullWeights(kind="full", model=model)
    return BaseWeights(kind="base", model=model)


def _trained_adapter(name: str, step: int | None) -> str | None:
    if name in (BEFORE, BEFORE_AGAIN):
        return None
    return "train/adapter" if name == AFTER else f"train/checkpoint-{step}"
