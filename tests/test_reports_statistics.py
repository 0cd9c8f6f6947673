"""Are the intervals the published ones, and do they cover what they claim to cover?"""

import numpy as np
import pytest

from reports.numbers.betting import betting_interval
from reports.numbers.paired import graded_interval, mean_estimate, paired_difference, tango_interval
from reports.numbers.resolution import smallest_detectable


def test_tango_interval_of_a_published_example() -> None:
    """Airway reactivity, 1 and 7 discordant of 21: -0.517 to -0.026 (Fagerland et al. 2014)."""
    low, high = tango_interval(gained=1, lost=7, n=21, confidence=0.95)
    assert (round(low, 3), round(high, 3)) == (-0.517, -0.026)


def test_the_p_value_is_that_of_the_interval() -> None:
    """The same example: (7 - 1)^2 / 8 = 4.5, whose normal tails hold 0.0339 (McNemar 1947)."""
    before = np.array([1] * 1 + [0] * 1 + [1] * 7 + [0] * 12, dtype=float)
    after = np.array([1] * 1 + [1] * 1 + [0] * 7 + [0] * 12, dtype=float)
    assert paired_difference(before, after, 0.95).p_value == pytest.approx(0.0339, abs=5e-5)


@pytest.mark.parametrize("values", [[0.0, 1.0], [0.0, 0.25, 0.5, 1.0]])
@pytest.mark.parametrize("share", [0.05, 0.3])
def test_the_p_value_never_contradicts_the_interval(values: list[float], share: float) -> None:
    """Below 5% just where the 95% interval leaves out zero: whole points or not, many or few."""
    rng = np.random.default_rng(5)
    for _ in range(60):
        before = rng.choice(values, 60)
        after = np.where(rng.random(60) < share, np.clip(before + rng.choice([0, 1]), 0, 1), before)
        found = paired_difference(before, after, 0.95)
        assert (found.p_value < 0.05) == (found.low > 0 or found.high < 0), found


def test_four_flips_one_way_are_no_regression_with_a_large_p_value() -> None:
    """Four of 300 worsen and none improves: low end and p-value say the same."""
    before, after = np.zeros(300), np.array([1.0] * 4 + [0.0] * 296)
    found = paired_difference(before, after, 0.95)
    assert found.low > 0
    assert found.p_value < 0.05


def test_no_flips_still_has_a_width() -> None:
    """Zero flips of n bound the difference by z^2 / (n + z^2), they do not certify it."""
    low, high = tango_interval(gained=0, lost=0, n=100, confidence=0.95)
    assert high == pytest.approx(1.959964**2 / (100 + 1.959964**2), rel=1e-5)
    assert low == pytest.approx(-high)


@pytest.mark.parametrize(("n", "flip_rate", "share_gained"), [(60, 0.3, 0.8), (200, 0.1, 0.5)])
def test_coverage_by_simulation(n: int, flip_rate: float, share_gained: float) -> None:
    """The 95% interval holds the true difference in at least 93% of simulated runs."""
    generator = np.random.default_rng(0)
    truth = flip_rate * (2 * share_gained - 1)
    chances = [flip_rate * share_gained, flip_rate * (1 - share_gained), 1 - flip_rate]
    counts = generator.multinomial(n, chances, size=2000)
    intervals = [tango_interval(int(gained), int(lost), n, 0.95) for gained, lost, _ in counts]
    covered = np.mean([low <= truth <= high for low, high in intervals])
    assert 0.93 <= covered <= 0.975


def test_graded_scores_without_change_are_not_certified() -> None:
    """Sixty probes without a change leave 5 points and more possible either way."""
    scores = np.full(60, 0.5)
    difference = paired_difference(scores, scores, 0.95)
    assert difference.low < -0.05
    assert difference.high > 0.05


def test_a_stable_model_with_several_samples_passes_the_default_margin() -> None:
    """Of 311 probes one changed by half in either direction: the worsening is under 2 points."""
    changes = np.array([0.5, -0.5] + [0.0] * 309)
    low, high = graded_interval(changes, 0.95)
    assert -0.02 < low < -0.01
    assert 0.01 < high < 0.02


def test_the_bet_without_a_change_is_worked_by_hand() -> None:
    """With one stake c the limit solves (1 + c m / (1 - m))^n = 2 / alpha; more stakes average."""
    high = betting_interval(np.zeros(100), 0.95)[1]
    odds = high / (1 - high)
    wealth = [(1 + stake * odds) ** 100 for stake in (0.25, 0.5, 0.75, 0.9, 0.98)]
    assert sum(wealth) / 5 == pytest.approx(40)


@pytest.mark.parametrize(("n", "rate", "change"), [(50, 0.05, -1.0), (311, 0.02, 0.5)])
def test_few_changes_are_covered(n: int, rate: float, change: float) -> None:
    """With fewer than ten changes or just more the interval holds the truth in 93% or more."""
    rng = np.random.default_rng(2)
    runs = [np.where(rng.random(n) < rate, change, 0.0) for _ in range(300)]
    found = [graded_interval(run, 0.95, resamples=499) for run in runs]
    assert np.mean([low <= rate * change <= high for low, high in found]) >= 0.93


def test_graded_scores_use_the_bootstrap_where_enough_changed() -> None:
    """A clear shift of graded scores is seen, as surely as 80 probes rule out unseen changes.

    The rule of three leaves 3 of 80 probes that might change by the whole range unseen.
    """
    generator = np.random.default_rng(1)
    before = generator.uniform(0.2, 0.8, size=80)
    difference = paired_difference(before, before + 0.1 * generator.uniform(0.5, 1.5, 80), 0.95)
    assert difference.low < difference.estimate < difference.high
    assert 0.1 - 3 / 80 - 0.01 < difference.low < 0.1 - 1 / 80
    assert difference.p_value < 0.001


def test_wilson_interval_of_a_rate() -> None:
    """Wilson's interval for 0 of 10 ends at z^2 / (n + z^2)."""
    estimate = mean_estimate(np.zeros(10), 0.95)
    assert estimate.low == pytest.approx(0.0, abs=1e-12)
    assert estimate.high == pytest.approx(1.959964**2 / (10 + 1.959964**2), rel=1e-5)


def test_more_probes_see_smaller_differences() -> None:
    """Resolution falls with n, and a few probes cannot see anything small."""
    seen = [smallest_detectable(n, 0.1, 0.95) for n in (50, 200, 1000)]
    assert seen == sorted(seen, reverse=True)
    assert seen[0] > 0.1


def test_resolution_of_a_published_example() -> None:
    """Connor 1987, page 209: 5% and 45% discordant need 23 pairs for 80% power, 22 are too few."""
    assert smallest_detectable(23, 0.5, 0.95) < 0.4 < smallest_detectable(22, 0.5, 0.95)


def test_graded_coverage_by_simulation() -> None:
    """Where every change goes one way the bootstrap still holds the truth often enough."""
    generator = np.random.default_rng(0)
    steps, runs, n, rate = np.array([-1, -0.75, -0.5, -0.25]), 400, 200, 0.2
    held = 0
    for _ in range(runs):
        changes = np.where(generator.random(n) < rate, generator.choice(steps, n), 0.0)
        low, high = graded_interval(changes, 0.95, resamples=999)
        held += low <= rate * steps.mean() <= high
    assert 0.92 <= held / runs <= 0.98


def test_a_single_graded_probe_is_no_evidence() -> None:
    """One probe of a category, half of whose samples changed: the p-value is 1, not a crash."""
    difference = paired_difference(np.array([0.0]), np.array([0.5]), 0.95)
    assert (difference.estimate, difference.p_value) == (0.5, 1.0)
    assert difference.low < 0 < difference.high
