"""Which arms of other runs may stand beside a run's own?"""

from dataclasses import dataclass
from typing import Any

from audit.errors import InputError, Problem
from audit.run.directory import AGAIN, RunDirectory
from audit.run.judge_identity import JudgeIdentity
from reports.comparison.two_arms import MAY_DIFFER


@dataclass(frozen=True)
class Joined:
    """An arm under the name that it has here, and the run and name that it was asked under."""

    name: str
    run: RunDirectory
    arm: str


def join(other: RunDirectory, before: Any, judge: JudgeIdentity) -> list[Joined]:
    """Return the arms of another run but its `before`, each with the run's name in front.

    Args:
        other: the run whose arms join.
        before: the identity of this run's `before`; "unknown" where it was imported.
        judge: the identity of the judge whose verdicts are compared.

    Raises:
        InputError: the other run was asked or judged in another way than this one.
    """
    if other.judge_identity(judge.name)["sha256"] != judge.sha256:
        what = f'was judged by another judge of the name "{judge.name}"'
        fix = f"run `audit score {other.root} --judge {judge.name}` again"
        raise InputError(Problem(str(other.root), what, fix))
    found = []
    for arm, entry in other.read_manifest().get("arms", {}).items():
        if arm in ("before", AGAIN):
            continue
        differing = _differing(before, entry["identity"])
        if differing:
            what = f"{arm} was asked with another {', '.join(differing)}"
            fix = "compare runs that asked the same probes in the same way"
            raise InputError(Problem(str(other.root), what, fix))
        found.append(Joined(f"{other.root.resolve().name}/{arm}", other, arm))
    return found


def _differing(before: Any, identity: Any) -> list[str]:
    if "unknown" in (before, identity):
        return [] if before == identity else ["identity, unknown for imported arms"]
    return sorted(
        key for key in before if key not in MAY_DIFFER and before[key] != identity.get(key)
    )
