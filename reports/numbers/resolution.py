"""What could a comparison have seen with its probes, and how many probes does a gate need?"""

from collections.abc import Callable
from math import ceil, sqrt
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binom, norm

from reports.numbers.betting import betting_interval
from reports.numbers.estimates import Resolution
from reports.numbers.paired import paired_difference, tango_interval, tango_score

POWER = 0.8
GROWTH = 1.2
NEGLIGIBLE = 1e-9
SIMULATED = 200
MANY_FLIPS = 1_000
"""With more flips expected than these the normal approximation serves."""
ASSUMED_FLIP_RATE = 0.1
"""The share of probes that change sides between two arms, where none was measured yet."""


def resolution(n: int, confidence: float, samples: int = 1) -> Resolution:
    """Return what `n` probes resolve: the smallest difference seen, and zero flips' bound."""
    return Resolution(
        n=n,
        power=POWER,
        assumed_flip_rate=ASSUMED_FLIP_RATE,
        smallest_detectable=smallest_detectable(n, ASSUMED_FLIP_RATE / samples, confidence),
        bound_without_flips=bound_without_flips(n, confidence, samples),
    )


def needs(margin: float, flip_rate: float, confidence: float, samples: int = 1) -> dict[str, Any]:
    """Return how many probes a gate with this margin needs, and what is assumed."""
    return {
        "margin": margin,
        "confidence": confidence,
        "power": POWER,
        "samples": samples,
        "assumed_flip_rate": flip_rate,
        "probes_if_nothing_flips": probes_without_flips(margin, confidence, samples),
        "probes_needed": probes_needed(margin, flip_rate, confidence, samples),
    }


def bound_without_flips(n: int, confidence: float, samples: int = 1) -> float:
    """Return the largest worsening that `n` probes without a flip leave possible.

    With one sample a probe by Tango's interval (1998), with several by the betting interval, as
    the verdict has them.
    """
    if samples > 1:
        return betting_interval(np.zeros(n), confidence)[1]
    return tango_interval(0, 0, n, confidence)[1]


def probes_without_flips(margin: float, confidence: float, samples: int = 1) -> int:
    """Return the fewest probes with which a comparison without any flip passes the margin.

    Without flips Tango's upper limit is z^2 / (n + z^2), which must be below the margin; that of
    the bet is found by halving.
    """
    squared = _quantile(confidence) ** 2
    fewest = int(squared * (1 - margin) / margin) + 1
    if samples == 1:
        return fewest
    return _fewest(lambda n: bound_without_flips(n, confidence, samples) < margin, 1, fewest)


def probes_needed(margin: float, flip_rate: float, confidence: float, samples: int = 1) -> int:
    """Return the fewest probes with which an unchanged model passes the margin in 80% of runs.

    The share `flip_rate` of probes, 1 at most, changes sides, as often one way as the other. The
    search starts from the normal approximation n = f ((z_c + z_p) / m)^2, which is too small where
    few flip.
    """
    both = _quantile(confidence) + float(norm.ppf(POWER))
    low = probes_without_flips(margin, confidence, samples)
    high = max(low, ceil(flip_rate / samples * (both / margin) ** 2))

    def passes(n: int) -> bool:
        return passing_share(n, margin, flip_rate, confidence, samples) >= POWER

    return _fewest(passes, low, high)


def _fewest(holds: Callable[[int], bool], low: int, high: int) -> int:
    """Return the fewest probes from `low` on for which something holds that more keep true."""
    while not holds(high):
        low, high = high, ceil(high * GROWTH)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return high


def passing_share(
    n: int, margin: float, flip_rate: float, confidence: float, samples: int = 1
) -> float:
    """Return the probability that an unchanged model passes.

    With one sample, summed over all outcomes: of F ~ Binomial(n, f) flips Binomial(F, 1/2) are for
    the worse, and it passes where Tango's score at the margin lies below the lower normal quantile.
    With several samples it is simulated with the interval that decides, 2 f of the probes
    answering like a coin in both arms. Where so many flips are expected that neither would end, the
    normal approximation is taken, with the two imagined probes of the graded interval.
    """
    if samples > 1 and n * flip_rate <= MANY_FLIPS:
        return _simulated_share(n, margin, min(1.0, 2 * flip_rate), confidence, samples)
    if n * flip_rate > MANY_FLIPS:
        return _passing_share_of_many(n, margin, flip_rate / samples, confidence, samples)
    most = int(binom.isf(NEGLIGIBLE, n, flip_rate)) + 1
    flips = np.arange(min(most, n) + 1)[:, None]
    worse = np.arange(len(flips), dtype=np.float64)[None, :]
    score = tango_score(worse, flips - worse, n, margin)
    passes = (worse <= flips) & (score < -_quantile(confidence))
    chance = binom.pmf(flips, n, flip_rate) * binom.pmf(worse, flips, 1 / 2)
    return float(chance[passes].sum())


def _simulated_share(
    n: int, margin: float, unsteady: float, confidence: float, samples: int
) -> float:
    rng = np.random.default_rng(0)
    passed = 0
    for _ in range(SIMULATED):
        chances = np.where(rng.random(n) < unsteady, 1 / 2, 0.0)
        before, after = (rng.binomial(samples, chances) / samples for _ in range(2))
        passed += paired_difference(before, after, confidence).high < margin
    return passed / SIMULATED


def _passing_share_of_many(
    n: int, margin: float, variance: float, confidence: float, samples: int
) -> float:
    half = max(
        _quantile(confidence) * sqrt(n * variance + 2) / n,
        bound_without_flips(n, confidence, samples),
    )
    spread = sqrt(variance / n)
    return float(norm.cdf((margin - half) / spread)) if spread else float(half < margin)


def smallest_detectable(n: int, flip_rate: float, confidence: float) -> float:
    """Return the smallest difference that a two-sided McNemar test sees with 80% power.

    Connor 1987, Biometrics 43:207-211, solved for the difference: with a share `flip_rate` of
    probes changing, z_a sqrt(f) + z_b sqrt(f - d^2) = d sqrt(n).
    """
    of_error, of_power = _quantile(confidence), float(norm.ppf(POWER))

    def shortfall(difference: float) -> float:
        needed = of_error * sqrt(flip_rate)
        needed += of_power * sqrt(max(flip_rate - difference**2, 0.0))
        return difference * sqrt(n) - needed

    if shortfall(flip_rate) < 0:
        return _smallest_one_way(n, of_error, of_power)
    return float(brentq(shortfall, 0.0, flip_rate))


def _smallest_one_way(n: int, of_error: float, of_power: float) -> float:
    """Return the smallest difference seen where every change goes one way (f = d)."""

    def shortfall(difference: float) -> float:
        spread = sqrt(difference - difference**2)
        return difference * sqrt(n) - of_error * sqrt(difference) - of_power * spread

    return 1.0 if shortfall(1.0) < 0 else float(brentq(shortfall, 1e-9, 1.0))


def _quantile(confidence: float) -> float:
    return float(norm.ppf((1 + confidence) / 2))
