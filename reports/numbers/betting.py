"""How large can a mean of bounded changes be, where too few changed for anything to be estimated?

A bet against "the mean change is m": a wealth of 1 is multiplied, probe by probe, by
1 - c (change - m) / (1 - m). If the mean is m, the wealth is worth 1 on average whatever the
distribution, so that it exceeds 1 / alpha with the chance alpha at most (Markov). The interval
holds every mean that no bet of this kind refutes (Waudby-Smith and Ramdas 2024, JRSS-B 86:1-27,
theorem 3, with wealth spread evenly over fixed stakes in place of predicted ones: then the order
of the probes does not matter). The wealth never exceeds 1 / alpha at any of many looks either, with
the same chance (Ville 1939), so that one may look after every batch and stop when one likes.
"""

import numpy as np
from scipy.optimize import brentq
from scipy.special import logsumexp

from reports.numbers.estimates import Values

STAKES = np.array([0.25, 0.5, 0.75, 0.9, 0.98])
"""Shares of the largest stake allowed. High ones, since the bets are for where little changed."""
EDGE = 1 - 1e-9


def betting_interval(changes: Values, confidence: float) -> tuple[float, float]:
    """Return the interval of the mean of changes in [-1, 1], one for each probe."""
    high = _upper_limit(changes, (1 - confidence) / 2)
    return -_upper_limit(-changes, (1 - confidence) / 2), high


def betting_p_value(changes: Values) -> float:
    """Return the least 1 - confidence at which the interval leaves out zero."""
    most = max(_log_wealth(changes, 0.0), _log_wealth(-changes, 0.0))
    return float(min(1.0, 2 * np.exp(-most)))


def refutes(changes: Values, mean: float, level: float) -> bool:
    """Say whether bets refute that the mean is this or more, so that its limit is less."""
    return _log_wealth(changes, mean) >= -float(np.log(level))


def betting_worsening(worsening: Values, level: float) -> tuple[float, float]:
    """Return the one-sided p-value of a mean worsening, and its lower limit at the level."""
    p_value = min(1.0, float(np.exp(-_log_wealth(-worsening, 0.0))))
    return p_value, -_upper_limit(-worsening, level)


def _upper_limit(changes: Values, level: float) -> float:
    """Return the mean above which all are refuted at the level."""
    if not refutes(changes, EDGE, level):
        return 1.0
    refuted_at = -np.log(level)
    lowest = float(changes.mean())
    return float(brentq(lambda m: _log_wealth(changes, m) - refuted_at, lowest, EDGE))


def _log_wealth(changes: Values, mean: float) -> float:
    """Return the log of what bets on a mean below this one have won; it rises with the mean."""
    distinct, counts = np.unique(changes, return_counts=True)
    wins = np.log1p(-np.outer(STAKES, (distinct - mean) / (1 - mean))) @ counts
    return float(logsumexp(wins) - np.log(len(STAKES)))
