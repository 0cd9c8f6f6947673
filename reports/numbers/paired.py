"""How large is a paired difference, and how sure is that?"""

from math import sqrt

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binomtest, bootstrap, norm, permutation_test

from reports.numbers.estimates import FEW_CHANGES, Difference, Estimate, Values

RESAMPLES = 9_999
SMALLEST_VARIANCE = 1e-300


def mean_estimate(values: Values, confidence: float) -> Estimate:
    """Estimate the mean of values in [0, 1].

    Wilson's score interval (Wilson 1927) where all values are 0 or 1, otherwise Hoeffding's
    bound (Hoeffding 1963), which needs no more than the range.
    """
    n, mean = len(values), float(values.mean())
    if _is_binary(values):
        interval = binomtest(int(values.sum()), n).proportion_ci(confidence, method="wilson")
        return Estimate(mean, float(interval.low), float(interval.high), n)
    half = _hoeffding_half_width(n, 1.0, confidence)
    return Estimate(mean, max(0.0, mean - half), min(1.0, mean + half), n)


def paired_difference(before: Values, after: Values, confidence: float) -> Difference:
    """Compare two arms on the same probes; values in [0, 1], one for each probe.

    Where all values are 0 or 1: Tango's score interval and the exact McNemar test. Otherwise
    `graded_interval` and a sign-flipping permutation test.
    """
    if _is_binary(before) and _is_binary(after):
        gained = int(((after == 1) & (before == 0)).sum())
        lost = int(((after == 0) & (before == 1)).sum())
        n = len(before)
        low, high = tango_interval(gained, lost, n, confidence)
        p_value = float(binomtest(gained, gained + lost).pvalue) if gained + lost else 1.0
        method = "Tango score interval; exact McNemar test"
        return Difference((gained - lost) / n, low, high, p_value, method)
    return _graded_difference(after - before, confidence)


def tango_score(gained: float | Values, lost: float | Values, n: int, difference: float) -> Values:
    """Return how surprising the counts are if the true difference is this, as a normal quantile.

    Tango 1998, Statistics in Medicine 17:891-908, with the restricted maximum-likelihood estimate
    of the probability of losing, the root of his equation 5.
    """
    linear = -gained - lost + (2 * n - gained + lost) * difference
    constant = -lost * difference * (1 - difference)
    losing = (np.sqrt(np.maximum(linear**2 - 8 * n * constant, 0.0)) - linear) / (4 * n)
    variance = n * (2 * losing + difference * (1 - difference))
    surprise = gained - lost - n * difference
    return np.asarray(surprise / np.sqrt(np.maximum(variance, SMALLEST_VARIANCE)))


def tango_interval(gained: int, lost: int, n: int, confidence: float) -> tuple[float, float]:
    """Return the score interval of a difference of paired proportions.

    The interval holds every difference whose score is at most the normal quantile. It has a
    sensible width where nothing changed.

    Args:
        gained: probes that went from 0 to 1.
        lost: probes that went from 1 to 0.
        n: all probes, changed or not.
        confidence: the level, 0.95 for a 95% interval.
    """
    quantile = float(norm.ppf((1 + confidence) / 2))
    estimate = (gained - lost) / n

    def score(difference: float) -> float:
        return float(tango_score(gained, lost, n, difference))

    edge = 1 - 1e-12
    low = high = estimate
    if score(-edge) > quantile:
        low = brentq(lambda d: min(score(d), 1e6) - quantile, -edge, estimate)
    else:
        low = -1.0
    if score(edge) < -quantile:
        high = brentq(lambda d: max(score(d), -1e6) + quantile, estimate, edge)
    else:
        high = 1.0
    return float(low), float(high)


def one_sided_low(changes: Values, level: float) -> float:
    """Return the lower limit of the mean of changes that fails with the chance `level`."""
    confidence = 1 - 2 * level
    if not np.isin(changes, (-1.0, 0.0, 1.0)).all():
        return graded_interval(changes, confidence)[0]
    gained, lost = int((changes == 1).sum()), int((changes == -1).sum())
    return tango_interval(gained, lost, len(changes), confidence)[0]


def _graded_difference(changes: Values, confidence: float) -> Difference:
    changed = int((changes != 0).sum())
    p_value = _sign_flip_p_value(changes) if changed else 1.0
    low, high = graded_interval(changes, confidence)
    method = (
        "paired percentile bootstrap over probes and two imagined ones; sign-flip permutation test"
        if changed >= FEW_CHANGES
        else "Hoeffding bound (fewer than 10 probes changed); sign-flip permutation test"
    )
    return Difference(float(changes.mean()), low, high, p_value, method)


def graded_interval(
    changes: Values, confidence: float, resamples: int = RESAMPLES
) -> tuple[float, float]:
    """Return the interval of the mean of changes in [-1, 1], one for each probe.

    Two imagined probes join the resampling, one with the largest change in each direction, as
    pseudo-observations do for proportions (Agresti and Coull 1998). Without them a rare large
    change that no probe happened to show is not allowed for. Where fewer than 10 probes changed,
    Hoeffding's bound.
    """
    n, estimate = len(changes), float(changes.mean())
    if (changes != 0).sum() >= FEW_CHANGES:
        imagined = np.append(changes, [-1.0, 1.0])
        low, high = _bootstrap_interval(imagined, confidence, resamples)
        return max(-1.0, low * len(imagined) / n), min(1.0, high * len(imagined) / n)
    half = _hoeffding_half_width(n, 2.0, confidence)
    return max(-1.0, estimate - half), min(1.0, estimate + half)


def mean_change(changes: Values, confidence: float) -> Difference:
    """Estimate the mean of paired changes that have no bounds, ten of them at least."""
    low, high = _bootstrap_interval(changes, confidence, RESAMPLES)
    method = "paired percentile bootstrap over probes; sign-flip permutation test"
    return Difference(float(changes.mean()), low, high, _sign_flip_p_value(changes), method)


def _bootstrap_interval(changes: Values, confidence: float, resamples: int) -> tuple[float, float]:
    interval = bootstrap(
        (changes,),
        np.mean,
        confidence_level=confidence,
        n_resamples=resamples,
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    return float(interval.low), float(interval.high)


def _sign_flip_p_value(changes: Values) -> float:
    if len(changes) == 1:
        return 1.0  # as large with either sign; scipy asks for two observations
    result = permutation_test(
        (changes,),
        lambda sample, axis: np.mean(sample, axis=axis),
        permutation_type="samples",
        n_resamples=RESAMPLES,
        vectorized=True,
        rng=np.random.default_rng(0),
    )
    return float(result.pvalue)


def _hoeffding_half_width(n: int, value_range: float, confidence: float) -> float:
    return value_range * sqrt(np.log(2 / (1 - confidence)) / (2 * n))


def _is_binary(values: Values) -> bool:
    return bool(np.isin(values, (0.0, 1.0)).all())
