"""Does the trend keep quiet without cause, and find a shift soon?"""

import numpy as np
import pytest

from reports.numbers.trend import NIGHTS, Changes, judge_trend

PROBES = 300
MARGIN = 0.05


def _nights(rng: np.random.Generator, count: int, worsening: float) -> list[Changes]:
    """Draw nights in which 3% of probes are unstable and the mean worsening is as given."""
    nights = []
    for _ in range(count):
        draw = rng.random(PROBES)
        worse, better = draw < worsening + 0.03, draw > 0.97
        nights.append(worse.astype(float) - better.astype(float))
    return nights


def test_false_alarms_are_rare_at_the_margin() -> None:
    """A year at the worst harmless worsening raises an alarm in at most 5% of years."""
    rng = np.random.default_rng(0)
    alarms = [judge_trend(_nights(rng, NIGHTS, MARGIN), MARGIN, 1).alarm for _ in range(60)]
    assert sum(alarms) <= 6


@pytest.mark.parametrize("start", [0, 200])
def test_a_shift_is_found_within_ten_nights(start: int) -> None:
    """Early and late in the year alike, in at least nine of ten cases."""
    rng = np.random.default_rng(1)
    found = [
        judge_trend(_nights(rng, start, 0.0) + _nights(rng, 10, MARGIN + 0.05), MARGIN, 3).alarm
        for _ in range(30)
    ]
    assert sum(found) >= 27


def test_an_alarm_stands_until_the_year_ends() -> None:
    """Good nights after it do not take it back; the next year begins anew."""
    rng = np.random.default_rng(2)
    bad = _nights(rng, 10, 0.3)
    assert judge_trend(bad + _nights(rng, 100, -0.02), MARGIN, 3).alarm
    year = bad + _nights(rng, NIGHTS - 10, 0.0)
    assert judge_trend(year, MARGIN, 3).alarm
    next_year = judge_trend(year + _nights(rng, 5, 0.0), MARGIN, 3)
    assert (next_year.nights, next_year.alarm) == (5, False)


def test_the_evidence_is_an_e_value() -> None:
    """Its mean over simulated nights at the margin is at most 1."""
    rng = np.random.default_rng(3)
    values = [judge_trend(_nights(rng, 3, MARGIN), MARGIN, 1).evidence for _ in range(2000)]
    assert np.mean(values) < 1.05
