"""What did a judge say of an arm, as it was written down?"""

from audit.errors import InputError, Problem
from audit.files.lines import read_records
from audit.records import Verdict
from audit.run.directory import RunDirectory
from reports.axes import VerdictsByProbe, by_probe


def read_verdicts(run: RunDirectory, arm: str, judge: str) -> VerdictsByProbe:
    """Read a judge's verdicts of an arm, by probe.

    Raises:
        InputError: the judge has not scored the arm.
    """
    path = run.verdicts(arm, judge)
    if not path.exists():
        what = f'the arm "{arm}" has not been scored by the judge "{judge}"'
        fix = f"run `audit score {run.root} --judge {judge}` first"
        raise InputError(Problem(str(run.root), what, fix))
    return by_probe([verdict for _, verdict in read_records(path, Verdict)])


def require_ends(run: RunDirectory, arms: list[str]) -> None:
    """Refuse a run that lacks one of the two arms that are compared.

    Raises:
        InputError: `before` or `after` has not been asked.
    """
    for arm in ("before", "after"):
        if arm not in arms:
            fix = f"run `audit generate {run.root}` after training"
            raise InputError(Problem(str(run.root), f'has no arm "{arm}"', fix))
