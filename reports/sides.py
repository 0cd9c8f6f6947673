"""What did one arm answer, and what did its judges say of it?"""

from dataclasses import dataclass

from audit.files import read_records
from audit.records import Response, Verdict
from audit.run_directory import RunDirectory
from reports import rules_judge
from reports.axes import VerdictsByProbe, by_probe
from reports.scoring import read_verdicts


@dataclass(frozen=True)
class Side:
    """One arm's answers and verdicts, each by probe and in the order of samples."""

    responses: dict[str, list[Response]]
    verdicts: VerdictsByProbe
    others: dict[str, VerdictsByProbe]
    """Verdicts of further judges, by the judge's name."""


def read_side(run: RunDirectory, arm: str) -> Side:
    """Read all that stands in an arm's folder.

    Raises:
        InputError: the arm has not been scored.
    """
    responses: dict[str, list[Response]] = {}
    rows = [row for _, row in read_records(run.responses(arm), Response)]
    for row in sorted(rows, key=lambda row: row.sample):
        responses.setdefault(row.probe_id, []).append(row)
    others = {
        judge: by_probe([row for _, row in read_records(run.verdicts(arm, judge), Verdict)])
        for judge in run.judges(arm)
        if judge != rules_judge.NAME
    }
    return Side(responses, read_verdicts(run, arm), others)
