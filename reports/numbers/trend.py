"""Has a candidate worsened, judged night after night against one fixed baseline?

Looking every night must not raise false alarms by its own repetition. The test is an e-process:
a bet against the null hypothesis whose wealth, under the null, stays below 1 / alpha for ever
with probability 1 - alpha (Ville 1939; Waudby-Smith and Ramdas 2024, JRSS-B 86:1-27).

The null hypothesis: given the past, the expected worsening of a night, averaged over its probes,
is at most the margin. Given the past, the probes of one night are taken to flip independently;
their chances may differ, since the product over probes of 1 + lambda (mu_i - m) is at most its
value at the mean of the mu_i. That all nights share one baseline matters not: it is part of the
past.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NIGHTS = 365
"""After so many nights a new test begins; false alarms are counted for each such year."""
ALPHA = 0.05
STAKES = 24
WEALTH_LIMIT = 1e12
"""Wealth above it is given away, which keeps the test valid and the numbers finite."""

Changes = NDArray[np.float64]
"""A night's worsening of every probe, in [-1, 1]."""


@dataclass(frozen=True)
class Trend:
    """What the nights of the current year say about one axis."""

    nights: int
    evidence: float
    """The e-value: the wealth of the bet against the null hypothesis, 1 at the start."""
    threshold: float
    """The evidence at which the alarm is raised."""
    alarm: bool


def judge_trend(nights: Sequence[Changes], margin: float, axes: int) -> Trend:
    """Judge the nights of one axis, of `axes` that are watched together.

    The wealth is spread evenly over stakes and over the night on which the change may begin, so
    that a change late in the year is found as fast as an early one. An alarm of the current
    year stands until its end.

    Args:
        nights: the worsening of each probe on each night, oldest first.
        margin: the largest worsening that is allowed, a fraction.
        axes: how many axes share the year's 5% of false alarms.
    """
    year = nights[len(nights) // NIGHTS * NIGHTS :] if len(nights) % NIGHTS else nights[-NIGHTS:]
    stakes = np.linspace(0, 1 / (1 + margin), STAKES + 2)[1:-1]
    threshold = axes / ALPHA
    begun = np.zeros(STAKES)
    best = evidence = 1.0
    for night, changes in enumerate(year, start=1):
        growth = np.exp(np.log1p(np.outer(stakes, changes - margin)).sum(axis=1))
        begun = np.minimum(growth * (begun + 1 / NIGHTS), WEALTH_LIMIT)
        evidence = float(begun.mean()) + (NIGHTS - night) / NIGHTS
        best = max(best, evidence)
    return Trend(len(year), evidence, threshold, best >= threshold)
