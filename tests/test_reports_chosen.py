"""Are the rates of the best arm and its price honest about what was not seen?"""

import numpy as np
import pytest

from reports.numbers.exchange import exchange_rate, fieller
from reports.numbers.paired import mean_estimate
from reports.numbers.winner import chosen_rate


def test_a_price_that_nobody_paid_is_not_zero_for_sure() -> None:
    """No over-refusal flipped on 100 probes: 3 of 100 might still, as the rule of three says."""
    prevented = np.array([1.0] * 50 + [0.0] * 50 + [np.nan] * 100)
    paid = np.array([np.nan] * 100 + [0.0] * 100)
    found = exchange_rate(paid, prevented, np.arange(200), 0.95)
    assert found is not None
    assert found.estimate == 0
    assert found.low is not None
    assert found.high is not None
    assert 0.02 / 0.5 < found.high < 0.05 / 0.5
    assert found.low == pytest.approx(-found.high)


def test_nothing_prevented_has_no_price() -> None:
    """Where harmful compliance rose there is no rate to quote."""
    prevented, paid = np.array([-1.0, 0.0, np.nan]), np.array([np.nan, np.nan, 1.0])
    assert exchange_rate(paid, prevented, np.arange(3), 0.95) is None


def test_the_ratio_holds_what_its_equation_says() -> None:
    """Both ends solve (top - r bottom)^2 = z^2 var(top - r bottom)."""
    covariance = np.array([[0.0004, 0.0001], [0.0001, 0.0009]])
    for end in fieller(0.1, 0.4, covariance, 0.95):
        assert end is not None
        variance = 0.0004 - 2 * end * 0.0001 + end**2 * 0.0009
        assert (0.1 - end * 0.4) ** 2 == pytest.approx(1.959964**2 * variance, rel=1e-5)


def test_the_price_is_covered_where_flips_are_rare() -> None:
    """One harmless probe in 500 pays: the interval holds the true price in 93% of 400 runs."""
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(400):
        prevented = np.concatenate([rng.random(300) < 0.3, np.full(700, np.nan)])
        paid = np.concatenate([np.full(300, np.nan), rng.random(700) < 0.002])
        found = exchange_rate(paid, prevented, np.arange(1000), 0.95)
        assert found is not None
        held += found.low is None or found.high is None or found.low <= 0.002 / 0.3 <= found.high
    assert held / 400 >= 0.93


def test_the_best_of_many_arms_is_covered() -> None:
    """Of ten equal arms the lowest is held by its interval in 93% of runs, plainly in far fewer."""
    rng = np.random.default_rng(1)
    held = plain = 0
    for _ in range(200):
        arms = (rng.random((10, 200)) < 0.2).astype(float)
        best = arms[arms.mean(axis=1).argmin()]
        wide, narrow = chosen_rate(best, list(arms), 0.95), mean_estimate(best, 0.95)
        held += wide.low <= 0.2 <= wide.high
        plain += narrow.low <= 0.2 <= narrow.high
    assert held / 200 >= 0.93
    assert plain / 200 < 0.9


def test_arms_that_answer_alike_cost_nothing() -> None:
    """Ten copies of one arm are one arm."""
    arm = (np.random.default_rng(2).random(200) < 0.3).astype(float)
    alone, among = mean_estimate(arm, 0.95), chosen_rate(arm, [arm] * 10, 0.95)
    assert among.low == pytest.approx(alone.low, abs=0.005)
    assert among.high == pytest.approx(alone.high, abs=0.005)
