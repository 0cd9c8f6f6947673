"""What does one of two changes cost in terms of the other?"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from reports.numbers.estimates import Values

IMAGINED = 2.0
"""The squared changes of two imagined probes of either kind, one changing in each direction."""


@dataclass(frozen=True)
class Exchange:
    """A ratio of two mean changes; the ends are null where its interval has none."""

    estimate: float
    low: float | None
    high: float | None


def exchange_rate(
    paid: Values, prevented: Values, clusters: NDArray[np.int64], confidence: float
) -> Exchange | None:
    """Return the mean of what was paid over the mean of what was prevented; null where none was.

    Two imagined probes join the variance of either mean and leave the means, as in the intervals of
    graded scores: where no probe paid, it is not certain that none would.

    Args:
        paid: each probe's change for the worse, not a number where it is not of that kind.
        prevented: each probe's change for the better, likewise.
        clusters: for each probe the number of its cluster, which a probe shares with its twin.
        confidence: the level, 0.95 for a 95% interval.
    """
    both = [paid, prevented]
    counts = [int(np.isfinite(changes).sum()) for changes in both]
    if not all(counts):
        return None
    means = [float(np.nanmean(changes)) for changes in both]
    if means[1] <= 0:
        return None
    influence = [
        np.bincount(clusters, np.nan_to_num((changes - mean) / count))
        for changes, mean, count in zip(both, means, counts, strict=True)
    ]
    groups = len(influence[0])
    covariance: Values = groups * np.cov(np.array(influence), ddof=1).astype(np.float64)
    covariance += np.diag([IMAGINED / count**2 for count in counts])
    return Exchange(means[0] / means[1], *fieller(means[0], means[1], covariance, confidence))


def fieller(
    top: float, bottom: float, covariance: Values, confidence: float
) -> tuple[float | None, float | None]:
    """Return the interval of top / bottom (Fieller 1954, JRSS-B 16:175-185).

    It holds every ratio r with (top - r bottom)^2 <= z^2 var(top - r bottom). Where `bottom` may
    be zero it has no ends.
    """
    squared = float(norm.ppf((1 + confidence) / 2)) ** 2
    (first, shared), (_, second) = covariance
    quadratic = bottom**2 - squared * second
    linear = top * bottom - squared * shared
    constant = top**2 - squared * first
    root = linear**2 - quadratic * constant
    if quadratic <= 0 or root < 0:
        return None, None
    return (linear - sqrt(root)) / quadratic, (linear + sqrt(root)) / quadratic
