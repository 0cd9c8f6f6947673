"""How many more labels would settle an axis?"""

from math import ceil

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
