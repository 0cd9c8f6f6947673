"""What have people's labels shown of a run: of each other, and of the judge?"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from reports.axes import VerdictsByProbe
from reports.people.agreement import agreements
from reports.people.judge_error import judge_error
from reports.people.labelled_rows import Labelled


def annotation_of(
    labelled: Labelled | None, verdicts: Mapping[str, VerdictsByProbe], confidence: float
) -> dict[str, Any] | None:
    """Return what comparison.json holds of people's labels; null where there are none.

    `judge_error` has an entry for each labelled arm whose verdicts are given.
    """
    if labelled is None:
        return None
    rows = labelled.rows
    arms = [arm for arm in verdicts if any(row.arm == arm for row in rows)]
    people = Counter(person for row in rows for person in row.labels)
    return {
        "labels": sum(people.values()),
        "responses": len(rows),
        "stale": labelled.stale,
        "waiting": labelled.waiting,
        "people": dict(sorted(people.items())),
        "agreement": [asdict(found) for found in agreements(rows, confidence)],
        "judge_error": {
            arm: asdict(
                judge_error([row for row in rows if row.arm == arm], verdicts[arm], confidence)
            )
            for arm in arms
        },
    }
