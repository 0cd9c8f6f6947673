"""Did any of many small categories collapse, beyond what looking at all of them explains?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from reports.numbers.betting import betting_worsening
from reports.numbers.estimates import Values
from reports.numbers.paired import one_sided_low

STEPS = 2_520
"""Changes are counted in steps of 1 / 2520: every mean of up to ten samples is a whole number."""
TINY = 1e-12

Key = TypeVar("Key")


@dataclass(frozen=True)
class OneSidedTest:
    """Whether changes are for the worse: the p-value, and the least one so many could reach."""

    p_value: float
    least: float


@dataclass(frozen=True)
class Collapse:
    """One of many categories, judged with all the others in view.

    `low` is the lower limit of the mean worsening; all limits hold together at the confidence.
    """

    n: int
    worsening: float
    p_value: float
    p_adjusted: float
    low: float


def worsening_test(worsening: Values) -> OneSidedTest:
    """Test whether the mean worsening, one value a probe, is above zero: exact sign flips.

    Under the null hypothesis each change is as likely to be for the better as for the worse. All
    2^m signs of the m changes are counted, by the distribution of their sum. Where every change is
    a whole point this is the one-sided exact McNemar test (McNemar 1947), and its p-value a
    binomial tail.
    """
    steps = np.rint(np.asarray(worsening) * STEPS).astype(np.int64)
    steps = steps[steps != 0]
    if not len(steps):
        return OneSidedTest(1.0, 1.0)
    steps //= np.gcd.reduce(steps)
    chances = np.ones(1)
    for size in np.abs(steps):
        flipped = np.zeros(len(chances) + 2 * size)
        flipped[: len(chances)] += chances / 2
        flipped[2 * size :] += chances / 2
        chances = flipped
    most = int(np.abs(steps).sum())
    at_least = chances[most + int(steps.sum()) :].sum()
    return OneSidedTest(min(1.0, float(at_least)), float(chances[-1]))


def tarone(tests: list[OneSidedTest]) -> list[float]:
    """Return each p-value adjusted for looking at all of them, where few could be small.

    Tarone (1990, Biometrics 46:515-522) tests at alpha / K, with the smallest K such that at most K
    of the tests can reach alpha / K at all. The least alpha at which a test is rejected so is its
    p-value times the number of tests that could reach it; taking that as the adjusted p-value
    makes the procedure monotone in alpha (Hommel and Krummenauer 1998, Biometrics 54:673-681).
    """
    return [
        min(1.0, test.p_value * sum(other.least <= test.p_value + TINY for other in tests))
        for test in tests
    ]


def tarone_divisor(tests: list[OneSidedTest], alpha: float) -> int:
    """Return Tarone's K: the fewest tests by which alpha must be divided, 1 at least."""
    return next(
        share
        for share in range(1, len(tests) + 2)
        if sum(test.least <= alpha / share + TINY for test in tests) <= share
    )


def find_collapses(
    worsening: Mapping[Key, Values], confidence: float, *, anytime: bool = False
) -> dict[Key, Collapse]:
    """Test every category for a worsening, all in one, and bound each from below.

    A category that could not reach alpha / K has no lower limit above -1, and the others are
    bounded at alpha / K each, so that together they hold at the confidence. Where asking could stop
    after any of several looks (`anytime`), each is bet on at alpha over the number of them all.
    """
    if anytime:
        return {
            key: _bet_on(values, confidence, len(worsening)) for key, values in worsening.items()
        }
    tests = {key: worsening_test(values) for key, values in worsening.items()}
    adjusted = tarone(list(tests.values()))
    alpha = 1 - confidence
    level = alpha / tarone_divisor(list(tests.values()), alpha)
    collapses = {}
    for (key, test), p_adjusted in zip(tests.items(), adjusted, strict=True):
        values = worsening[key]
        low = one_sided_low(values, level) if test.least <= level else -1.0
        collapses[key] = Collapse(len(values), float(values.mean()), test.p_value, p_adjusted, low)
    return collapses


def _bet_on(values: Values, confidence: float, categories: int) -> Collapse:
    """Judge one of several categories by a bet, each at its share of alpha (Bonferroni)."""
    p_value, low = betting_worsening(values, (1 - confidence) / categories)
    adjusted = min(1.0, p_value * categories)
    return Collapse(len(values), float(values.mean()), p_value, adjusted, low)
