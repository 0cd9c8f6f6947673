"""What are the rates if the judge is a test whose sensitivity and specificity people measure?"""

from collections.abc import Iterator

import numpy as np

from reports.numbers.estimates import CorrectedDifference, Values
from reports.people.corrected import Corrected, CorrectedSide, LabelledArm

METHOD = "Rogan-Gladen; percentile bootstrap over probes with their labels and imagined ones"
RESAMPLES = 1_999
CHUNK = 100
PREDICTED, PROBES, TRUE_POSITIVE, POSITIVE, TRUE_NEGATIVE, NEGATIVE = range(6)


def rogan_gladen(
    before: LabelledArm, after: LabelledArm, confidence: float, resamples: int = RESAMPLES
) -> Corrected | str:
    """Correct two arms' rates and their difference (Rogan and Gladen 1978), or say why not.

    With an arm's judged rate t, sensitivity se and specificity sp: (t + sp - 1) / (se + sp - 1).
    """
    problem = _unusable(before, "before") or _unusable(after, "after")
    if problem:
        return problem
    columns = [_columns(arm) for arm in (before, after)]
    n = len(before.predicted)
    estimates = [float(_rate(table[:n].sum(axis=0))) for table in columns]
    together = _with_imagined(columns, before, after)
    sums = np.concatenate(list(_resampled(together, resamples)))
    ends = [(1 - confidence) / 2, (1 + confidence) / 2]
    sides, rates = [], []
    for name, estimate, arm, draws in zip(
        ("before", "after"), estimates, (before, after), np.split(sums, 2, axis=1), strict=True
    ):
        if np.quantile(_youden(draws), ends[0]) <= 0:
            return f"on {name} the judge is not clearly better than chance by these labels"
        rates.append(_rate(draws))
        sides.append(CorrectedSide(*_around(estimate, rates[-1], ends), arm.labels))
    change = _around(estimates[1] - estimates[0], rates[1] - rates[0], ends)
    return Corrected(sides[0], sides[1], CorrectedDifference(*change, METHOD))


def _unusable(arm: LabelledArm, name: str) -> str | None:
    positive = float((arm.people * arm.scored).sum())
    if not positive:
        return f"no labelled response of {name} that the judge has scored is a case of the axis"
    if positive == arm.scored.sum():
        return f"every labelled response of {name} that the judge has scored is a case of the axis"
    if _youden(_columns(arm).sum(axis=0)) <= 0:
        return f"on {name} the judge is no better than chance by these labels"
    return None


def _columns(arm: LabelledArm) -> Values:
    """Return for each probe what the six sums of the estimate need."""
    table = np.zeros((len(arm.predicted), 6))
    table[:, PREDICTED], table[:, PROBES] = arm.predicted, 1.0
    weight = arm.weight * arm.scored
    for column, values in (
        (TRUE_POSITIVE, arm.people * arm.judge),
        (POSITIVE, arm.people),
        (TRUE_NEGATIVE, (1 - arm.people) * (1 - arm.judge)),
        (NEGATIVE, 1 - arm.people),
    ):
        np.add.at(table[:, column], arm.place, weight * values)
    return table


def _with_imagined(columns: list[Values], before: LabelledArm, after: LabelledArm) -> Values:
    """Append two imagined probes and four imagined labelled responses of each arm.

    The probes change in either direction; of the responses one of each class is judged rightly
    and one wrongly, as the estimates of Lang and Reiczigel (2014, Prev. Vet. Med. 113:13) have it.
    Each weighs as much as the run's average response, which is more than the labelled ones' mean.
    """
    extra = np.zeros((10, 12))
    extra[0, [PREDICTED, PROBES, 6 + PROBES]] = 1.0
    extra[1, [6 + PREDICTED, PROBES, 6 + PROBES]] = 1.0
    for offset, row, arm in ((0, 2, before), (6, 6, after)):
        labelled = arm.weight[arm.scored]
        weight = float((labelled**2).sum() / labelled.sum())
        extra[row, [offset + TRUE_POSITIVE, offset + POSITIVE]] = weight
        extra[row + 1, offset + POSITIVE] = weight
        extra[row + 2, [offset + TRUE_NEGATIVE, offset + NEGATIVE]] = weight
        extra[row + 3, offset + NEGATIVE] = weight
    return np.vstack([np.hstack(columns), extra])


def _resampled(table: Values, resamples: int) -> Iterator[Values]:
    """Yield the column sums of resampled rows, a block at a time; the seed is fixed."""
    rng = np.random.default_rng(0)
    chances = np.full(len(table), 1 / len(table))
    for start in range(0, resamples, CHUNK):
        counts = rng.multinomial(len(table), chances, size=min(CHUNK, resamples - start))
        yield counts @ table


def _rate(sums: Values) -> Values:
    judged = sums[..., PREDICTED] / sums[..., PROBES]
    wrongly = 1 - _ratio(sums, TRUE_NEGATIVE, NEGATIVE)
    return np.asarray(np.clip((judged - wrongly) / np.maximum(_youden(sums), 1e-9), 0.0, 1.0))


def _youden(sums: Values) -> Values:
    """Return sensitivity + specificity - 1."""
    return _ratio(sums, TRUE_POSITIVE, POSITIVE) + _ratio(sums, TRUE_NEGATIVE, NEGATIVE) - 1


def _ratio(sums: Values, part: int, whole: int) -> Values:
    """Return a share; where a resample holds none of the class, one half."""
    there = sums[..., whole] > 0
    shares = sums[..., part] / np.where(there, sums[..., whole], 1.0)
    return np.asarray(np.where(there, shares, 0.5))


def _around(estimate: float, draws: Values, ends: list[float]) -> tuple[float, float, float]:
    low, high = np.quantile(draws, ends)
    return estimate, min(estimate, float(low)), max(estimate, float(high))
