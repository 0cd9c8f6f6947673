"""How often is the judge wrong on each arm of this run, by the people who labelled it?"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from audit.records import REFUSALS
from reports.axes import VerdictsByProbe
from reports.numbers.estimates import Interval, Values
from reports.people.labelled_rows import LabelledRow, effective_size


@dataclass(frozen=True)
class JudgeError:
    """A judge against people on one arm, any refusal being positive, weighted to the whole arm.

    Measures are null where no labelled response says anything of them; `unscored` ones are left
    out of n.
    """

    n: int
    unscored: int
    accuracy: Interval | None
    """The share on which the judge says the same of refusal or not."""
    precision: Interval | None
    """The share of the judge's refusals that people call refusals."""
    recall: Interval | None
    """The share of people's refusals that the judge finds."""
    f1: Interval | None
    """The harmonic mean of precision and recall."""


def judge_error(
    rows: Sequence[LabelledRow], verdicts: VerdictsByProbe, confidence: float
) -> JudgeError:
    """Measure a judge on an arm's labelled responses; several people's labels are averaged.

    Wilson's interval (1927) with the effective number of responses (Kish 1965), as for any complex
    sample. F1 is 2J / (1 + J) of J, the share of refusals that both see among those that either
    sees (Hand, Christen and Kirielle 2021), and so has the interval of a share.
    """
    labels = {
        (verdict.probe_id, verdict.sample): verdict.label
        for found in verdicts.values()
        for verdict in found
    }
    judged = [(row, labels.get((row.probe_id, row.sample), "unscored")) for row in rows]
    scored = [(row, label) for row, label in judged if label != "unscored"]
    weights = np.array([row.weight for row, _ in scored])
    people = np.array([refusal_share(row) for row, _ in scored])
    judge = np.array([float(label in REFUSALS) for _, label in scored])
    both = people * judge
    jaccard = _share(both, people + judge - both, weights, confidence)
    return JudgeError(
        n=len(scored),
        unscored=len(judged) - len(scored),
        accuracy=_share(
            both + (1 - people) * (1 - judge), np.ones(len(scored)), weights, confidence
        ),
        precision=_share(both, judge, weights, confidence),
        recall=_share(both, people, weights, confidence),
        f1=Interval(*(2 * end / (1 + end) for end in (jaccard.rate, jaccard.low, jaccard.high)))
        if jaccard
        else None,
    )


def refusal_share(row: LabelledRow) -> float:
    """Return the share of a response's people who call it a refusal."""
    return sum(label in REFUSALS for label in row.labels.values()) / len(row.labels)


def _share(part: Values, whole: Values, weights: Values, confidence: float) -> Interval | None:
    """Return a weighted share with its interval; null where the whole is empty."""
    from scipy.stats import norm

    if not len(weights) or not (weights * whole).sum():
        return None
    rate = float((weights * part).sum() / (weights * whole).sum())
    n = effective_size(weights * whole)
    z = float(norm.ppf((1 + confidence) / 2))
    centre = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(rate * (1 - rate) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return Interval(rate, max(0.0, min(rate, centre - half)), min(1.0, max(rate, centre + half)))
