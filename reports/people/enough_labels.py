"""How many labels does a margin need, and how many more would settle an axis?"""

from math import ceil
from statistics import NormalDist

from reports.people.corrected import CorrectedResult


def labels_wanted(
    judged: tuple[float, float], corrected: CorrectedResult, worsening: float, margin: float
) -> int | None:
    """Return how many labels more would settle whether a worsening lies within the margin.

    The variance is that of the judged difference, which labels do not lessen, and a part that
    falls with their number; the estimate is taken to stay. None where no number would.

    Args:
        judged: the ends of the difference as the judge sees it.
        corrected: the difference as the labels there are correct it.
        worsening: its estimate, a worsening being positive.
        margin: the largest worsening that is allowed.
    """
    there = corrected.before.labels + corrected.after.labels
    of_probes = ((judged[1] - judged[0]) / 2) ** 2
    of_all = ((corrected.difference.high - corrected.difference.low) / 2) ** 2
    wanted = (margin - worsening if worsening < margin else worsening) ** 2
    if wanted <= of_probes:
        return None
    return max(1, ceil(there * (max(0.0, of_all - of_probes) / (wanted - of_probes) - 1)))


def labels_for_margin(
    probes: int, margin: float, flip_rate: float, judge_error: float | None, confidence: float
) -> int | None:
    """Return how many labels the corrected interval of an unchanged model needs to stay within.

    By prediction-powered inference (Angelopoulos et al. 2023, Science 382:669): the variance of the
    corrected difference is that of the judged one, flip_rate / probes, and that of the judge's mean
    error in each arm, judge_error / (labels / 2). Half of the labels are in each arm, drawn evenly;
    a sample that prefers what the judge is unsure of needs fewer. None where no number would do,
    more than there are answers, or the judge's error is not known.

    Args:
        probes: the number of probes of the axis, one answer each in both arms.
        margin: the largest worsening that is allowed, a fraction.
        flip_rate: the share of probes whose judged status differs between two unchanged arms.
        judge_error: the share of answers on which the judge is wrong, where it is known.
        confidence: of the two-sided interval.
    """
    quantile = NormalDist().inv_cdf((1 + confidence) / 2)
    for_labels = (margin / quantile) ** 2 - flip_rate / probes
    if for_labels <= 0 or judge_error is None:
        return None
    wanted = ceil(4 * judge_error / for_labels)
    return wanted if wanted <= 2 * probes else None
