"""Which arms of other runs may stand beside a run's own?"""

from dataclasses import dataclass

from audit.errors import InputError, Problem
from audit.run.arm import BEFORE, BEFORE_AGAIN
from audit.run.directory import RunDirectory
from audit.run.identity import AnyIdentity, Unknown, differing
from audit.run.judge_identity import JudgeIdentity


@dataclass(frozen=True)
class Joined:
    """An arm under the name that it has here, and the run and name that it was asked under."""

    name: str
    run: RunDirectory
    arm: str


def join(other: RunDirectory, before: AnyIdentity, judge: JudgeIdentity) -> list[Joined]:
    """Return the arms of another run but its `before`, each with the run's name in front.

    Args:
        other: the run whose arms join.
        before: the identity of this run's `before`.
        judge: the identity of the judge whose verdicts are compared.

    Raises:
        InputError: the other run was asked or judged in another way than this one.
    """
    if other.judge_identity(judge.name).sha256 != judge.sha256:
        what = f'was judged by another judge of the name "{judge.name}"'
        fix = f"run `audit score {other.root} --judge {judge.name}` again"
        raise InputError(Problem(str(other.root), what, fix))
    joined = []
    manifest = other.read_manifest()
    for arm in sorted(arm.name for arm in manifest.begun()):
        if arm in (BEFORE, BEFORE_AGAIN):
            continue
        others = _differing(before, manifest.identity_of(arm))
        if others:
            what = f"{arm} was asked with another {', '.join(others)}"
            fix = "compare runs that asked the same probes in the same way"
            raise InputError(Problem(str(other.root), what, fix))
        joined.append(Joined(f"{other.root.resolve().name}/{arm}", other, arm))
    return joined


def _differing(before: AnyIdentity, other: AnyIdentity) -> list[str]:
    if isinstance(before, Unknown) or isinstance(other, Unknown):
        return [] if before == other else ["identity, unknown for imported arms"]
    return differing(before, other)
