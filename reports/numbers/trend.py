"""Has a candidate worsened, judged night after night against one fixed baseline?

Looking every night must not raise false alarms by its own repetition. The test is an e-process:
a bet against the null hypothesis whose wealth, under the null, stays below 1 / alpha for ever
with probability 1 - alpha (Ville 1939; for means of normal kind Howard, Ramdas, McAuliffe and
Sekhon 2021, Annals of Statistics 49:1055, example 1).

The null hypothesis: a night's worsening is at most the margin on average. The bet is on the night
and not on each probe, since the probes of a night move together: by the seed of the training, by
a state that lasts for many nights, by a baseline that was lucky. So a night is taken to scatter by
its probes' spread and by 1.6 points beside. The stake is high, and wins only by nights well above
the margin; a worsening that lies a little above it, for whatever reason, never adds up.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NIGHTS = 365
"""After so many nights a new test begins; false alarms are counted for each such year."""
ALPHA = 0.05
SPENT = 0.8
"""The share of the alpha that is left which one test may spend, until its alarm is acknowledged."""
SCATTER = 0.016
"""By how much a night's worsening scatters beside what its probes' spread explains, a fraction."""
STAKE = 2.0
"""The bet on a night, in units of its scatter; only nights further than half of it above win."""
UNSEEN = 2.0
"""The squared changes of two imagined probes, as in the intervals of graded scores."""
MOST = 50.0
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


def judge_trend(
    nights: Sequence[Changes],
    margin: float | Sequence[float],
    axes: int,
    alpha_left: float = ALPHA,
) -> Trend:
    """Judge the nights of one axis, of `axes` that are watched together.

    The wealth is spread evenly over the night on which the change may begin, so that a change late
    in the year is found as fast as an early one. An alarm of the current year stands until its end,
    or until it is acknowledged: then a new test begins with what is left of alpha.

    Args:
        nights: the worsening of each probe on each night, oldest first.
        margin: the largest worsening that is allowed, a fraction; one for all nights or for each.
        axes: how many axes share the year's 5% of false alarms.
        alpha_left: what earlier alarms of the year have left of it.
    """
    first = (len(nights) - 1) // NIGHTS * NIGHTS if nights else 0
    margins = np.broadcast_to(margin, len(nights))[first:]
    threshold = axes / (alpha_left * SPENT)
    begun, best, evidence = 0.0, 1.0, 1.0
    for night, (changes, allowed) in enumerate(zip(nights[first:], margins, strict=True), start=1):
        begun = min(_growth(changes, float(allowed)) * (begun + 1 / NIGHTS), WEALTH_LIMIT)
        evidence = begun + (NIGHTS - night) / NIGHTS
        best = max(best, evidence)
    return Trend(len(nights) - first, evidence, threshold, best >= threshold)


def one_night(candidates: Sequence[Changes]) -> Changes:
    """Return the mean of a night's candidates, as if they had changed on the same probes.

    So the night keeps the spread of one candidate: what moves one moves its sisters.
    """
    n = min(len(changes) for changes in candidates)
    places = (np.arange(n) + 0.5) / n
    ranked = [np.sort(changes)[(places * len(changes)).astype(int)] for changes in candidates]
    night: Changes = np.mean(ranked, axis=0)
    return night


def _growth(changes: Changes, margin: float) -> float:
    """Return by how much the bet on a night multiplies its wealth.

    With the night's scatter s it is exp(l (x - m) - l^2 s^2 / 2), where l = stake / s.
    """
    n = len(changes)
    of_probes = (n * float(changes.var()) + UNSEEN) / n**2
    scatter = float(np.sqrt(of_probes + SCATTER**2))
    won = STAKE * (float(changes.mean()) - margin) / scatter - STAKE**2 / 2
    return float(np.exp(min(won, MOST)))
