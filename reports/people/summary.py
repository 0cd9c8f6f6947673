"""What have people's labels shown of a run: of each other, and of the judge?"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from reports.axes import VerdictsByProbe
from reports.people.agreement import Agreement, agreements
from reports.people.judge_error import JudgeError, judge_error
from reports.people.labelled_rows import Labelled


@dataclass(frozen=True)
class Annotation:
    """What people's labels of a run show.

    `labels` counts what people said, `responses` those that somebody has labelled, `people` the
    labels of each, `stale` those whose answers changed since, `waiting` those that speak only for
    what an earlier batch left. `judge_error` has an entry for each labelled arm that is scored.
    """

    labels: int
    """How many labels people gave."""
    responses: int
    """How many responses somebody has labelled."""
    stale: int
    """Labels of answers that have changed since."""
    waiting: int
    """Labels that speak only for what an earlier batch left."""
    people: dict[str, int]
    """How many labels each person gave."""
    agreement: list[Agreement]
    """Every two people who share a response."""
    judge_error: dict[str, JudgeError]
    """The judge against people, by labelled arm that is scored."""


def annotation_of(
    labelled: Labelled | None, verdicts: Mapping[str, VerdictsByProbe], confidence: float
) -> Annotation | None:
    """Return what people's labels show of the arms whose verdicts are given; null where none."""
    if labelled is None:
        return None
    rows = labelled.rows
    arms = [arm for arm in verdicts if any(row.arm == arm for row in rows)]
    people = Counter(person for row in rows for person in row.labels)
    return Annotation(
        labels=sum(people.values()),
        responses=len(rows),
        stale=labelled.stale,
        waiting=labelled.waiting,
        people=dict(sorted(people.items())),
        agreement=agreements(rows, confidence),
        judge_error={
            arm: judge_error([row for row in rows if row.arm == arm], verdicts[arm], confidence)
            for arm in arms
        },
    )
