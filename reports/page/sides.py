"""What did one arm answer, and what did its judges say of it?"""

from dataclasses import dataclass

from audit.files.lines import read_records
from audit.records import Response, Verdict
from audit.run.directory import RunDirectory
from reports.axes import VerdictsByProbe, by_probe
from reports.verdicts import read_verdicts


@dataclass(frozen=True)
class Side:
    """One arm's answers and verdicts, each by probe and in the order of samples."""

    responses: dict[str, list[Response]]
    verdicts: VerdictsByProbe
    others: dict[str, VerdictsByProbe]
    """Verdicts of further judges, by the judge's name."""


def read_side(run: RunDirectory, arm: str, judge: str) -> Side:
    """Read all that stands in an arm's folder; `judge` is the one that decided.

    Raises:
        InputError: the arm has not been scored.
    """
    responses: dict[str, list[Response]] = {}
    rows = [row for _, row in read_records(run.responses(arm), Response)]
    for row in sorted(rows, key=lambda row: row.sample):
        responses.setdefault(row.probe_id, []).append(row)
    others = {
        other: by_probe([row for _, row in read_records(run.verdicts(arm, other), Verdict)])
        for other in run.judges(arm)
        if other != judge
    }
    return Side(responses, read_verdicts(run, arm, judge), others)
