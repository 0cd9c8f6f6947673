"""What could a comparison have seen with its probes, and how many probes does a gate need?"""

from math import ceil, sqrt
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binom, norm

from reports.numbers.paired import tango_interval, tango_score

POWER = 0.8
GROWTH = 1.2
NEGLIGIBLE = 1e-9
ASSUMED_FLIP_RATE = 0.1
"""The share of probes that change sides between two arms, where none was measured yet."""


def resolution(n: int, confidence: float) -> dict[str, float]:
    """Return what `n` probes resolve: the smallest difference seen, and zero flips' bound."""
    return {
        "n": n,
        "power": POWER,
        "assumed_flip_rate": ASSUMED_FLIP_RATE,
        "smallest_detectable": smallest_detectable(n, ASSUMED_FLIP_RATE, confidence),
        "bound_without_flips": bound_without_flips(n, confidence),
    }


def needs(margin: float, flip_rate: float, confidence: float) -> dict[str, Any]:
    """Return how many probes a gate with this margin needs, and what is assumed."""
    return {
        "margin": margin,
        "confidence": confidence,
        "power": POWER,
        "assumed_flip_rate": flip_rate,
        "probes_if_nothing_flips": probes_without_flips(margin, confidence),
        "probes_needed": probes_needed(margin, flip_rate, confidence),
    }


def bound_without_flips(n: int, confidence: float) -> float:
    """Return the largest worsening that `n` probes without a flip leave possible (Tango 1998)."""
    return tango_interval(0, 0, n, confidence)[1]


def probes_without_flips(margin: float, confidence: float) -> int:
    """Return the fewest probes with which a comparison without any flip passes the margin.

    Without flips Tango's upper limit is z^2 / (n + z^2), which must be below the margin.
    """
    squared = _quantile(confidence) ** 2
    return int(squared * (1 - margin) / margin) + 1


def probes_needed(margin: float, flip_rate: float, confidence: float) -> int:
    """Return the fewest probes with which an unchanged model passes the margin in 80% of runs.

    The share `flip_rate` of probes changes sides, as often one way as the other. The search starts
    from the normal approximation n = f ((z_c + z_p) / m)^2, which is too small where few flip.
    """
    both = _quantile(confidence) + float(norm.ppf(POWER))
    low = probes_without_flips(margin, confidence)
    high = max(low, ceil(flip_rate * (both / margin) ** 2))
    while passing_share(high, margin, flip_rate, confidence) < POWER:
        low, high = high, ceil(high * GROWTH)
    while low < high:
        middle = (low + high) // 2
        if passing_share(middle, margin, flip_rate, confidence) < POWER:
            low = middle + 1
        else:
            high = middle
    return high


def passing_share(n: int, margin: float, flip_rate: float, confidence: float) -> float:
    """Return the probability that an unchanged model passes, summed over all outcomes.

    With F ~ Binomial(n, f) flips, of which Binomial(F, 1/2) are for the worse, it passes where
    Tango's score at the margin lies below the lower normal quantile.
    """
    most = int(binom.isf(NEGLIGIBLE, n, flip_rate)) + 1
    flips = np.arange(min(most, n) + 1)[:, None]
    worse = np.arange(len(flips), dtype=np.float64)[None, :]
    score = tango_score(worse, flips - worse, n, margin)
    passes = (worse <= flips) & (score < -_quantile(confidence))
    chance = binom.pmf(flips, n, flip_rate) * binom.pmf(worse, flips, 1 / 2)
    return float(chance[passes].sum())


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
