"""How large is a paired difference, and how sure is that?"""

from math import sqrt

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binomtest, norm, ttest_1samp

from reports.numbers.betting import betting_interval, betting_p_value
from reports.numbers.estimates import FEW_CHANGES, Difference, Estimate, Values

RESAMPLES = 9_999
TANGO = "Tango score interval and test"
"""The method where every value is 0 or 1."""
ANYTIME = "betting interval and test, which hold however often one looks"
"""The method where asking could stop after any of several looks."""
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


def paired_difference(
    before: Values, after: Values, confidence: float, *, anytime: bool = False
) -> Difference:
    """Compare two arms on the same probes; values in [0, 1], one for each probe.

    `anytime` says that asking could stop after any of several looks: then it is the betting
    interval and its test, which miss the truth at any look with 1 - confidence at most.
    Where all values are 0 or 1: Tango's score interval and the test that it inverts. Otherwise
    `graded_interval` and its test. The p-value is below 1 - confidence just where the interval
    leaves out zero.
    """
    if anytime:
        changes = after - before
        ends = betting_interval(changes, confidence)
        return Difference(float(changes.mean()), *ends, betting_p_value(changes), ANYTIME)
    if _is_binary(before) and _is_binary(after):
        gained = int(((after == 1) & (before == 0)).sum())
        lost = int(((after == 0) & (before == 1)).sum())
        n = len(before)
        low, high = tango_interval(gained, lost, n, confidence)
        p_value = float(2 * norm.sf(abs(tango_score(gained, lost, n, 0.0))))
        return Difference((gained - lost) / n, low, high, p_value, TANGO)
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
    low, high = graded_interval(changes, confidence)
    if (changes != 0).sum() < FEW_CHANGES:
        p_value = betting_p_value(changes)
        method = f"betting interval and test (fewer than {FEW_CHANGES} probes changed)"
    else:
        p_value = _resampled_p_value(_resampled_means(_with_imagined(changes), RESAMPLES))
        method = "paired percentile bootstrap over probes and two imagined ones, and its test"
    return Difference(float(changes.mean()), low, high, p_value, method)


def graded_interval(
    changes: Values, confidence: float, resamples: int = RESAMPLES
) -> tuple[float, float]:
    """Return the interval of the mean of changes in [-1, 1], one for each probe.

    Two imagined probes join the resampling, one with the largest change in each direction, as
    pseudo-observations do for proportions (Agresti and Coull 1998). Without them a rare large
    change that no probe happened to show is not allowed for. Where fewer than 10 probes changed,
    the betting interval.
    """
    if (changes != 0).sum() < FEW_CHANGES:
        return betting_interval(changes, confidence)
    imagined = _with_imagined(changes)
    ends = _percentiles(_resampled_means(imagined, resamples), confidence)
    low, high = np.array(ends) * len(imagined) / len(changes)
    return max(-1.0, float(low)), min(1.0, float(high))


def mean_change(changes: Values, confidence: float) -> Difference:
    """Estimate the mean of paired changes that have no bounds: Student's interval and test."""
    estimate, method = float(changes.mean()), "Student's t over probes"
    if not changes.any():
        return Difference(0.0, 0.0, 0.0, 1.0, method)
    tested = ttest_1samp(changes, 0.0)
    ends = tested.confidence_interval(confidence)
    return Difference(estimate, float(ends.low), float(ends.high), float(tested.pvalue), method)


def _with_imagined(changes: Values) -> Values:
    return np.append(changes, [-1.0, 1.0])


def _resampled_means(changes: Values, resamples: int) -> Values:
    """Return the means of resamples, sorted; the seed is fixed."""
    distinct, counts = np.unique(changes, return_counts=True)
    chances = counts / len(changes)
    drawn = np.random.default_rng(0).multinomial(len(changes), chances, resamples)
    means: Values = np.sort(drawn @ distinct / len(changes))
    return means


def _percentiles(means: Values, confidence: float) -> tuple[float, float]:
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def _resampled_p_value(means: Values) -> float:
    """Return the least 1 - confidence at which the percentile interval leaves out zero."""
    sides = (_level_of_zero(means), _level_of_zero(-means[::-1]))
    return float(min(1.0, max(2 * min(sides), 2 / (len(means) + 1))))


def _level_of_zero(means: Values) -> float:
    """Return the highest level whose quantile, interpolated, is not above zero."""
    reached = int(np.searchsorted(means, 0.0, side="right"))
    if reached in (0, len(means)):
        return reached / len(means)
    below, above = means[reached - 1 : reached + 1]
    return float((reached - 1 - below / (above - below)) / (len(means) - 1))


def _hoeffding_half_width(n: int, value_range: float, confidence: float) -> float:
    return value_range * sqrt(np.log(2 / (1 - confidence)) / (2 * n))


def _is_binary(values: Values) -> bool:
    return bool(np.isin(values, (0.0, 1.0)).all())
