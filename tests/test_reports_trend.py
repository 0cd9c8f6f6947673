"""Does the trend keep quiet without cause, and find a shift soon?"""

import numpy as np
import pytest

from reports.numbers.trend import ALPHA, NIGHTS, Changes, judge_trend, one_night

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


def test_lasting_flips_are_no_trend() -> None:
    """Probes that keep their state for a hundred nights: false alarms in at most 5% of years."""
    rng = np.random.default_rng(4)
    alarms = 0
    for _ in range(60):
        baseline = rng.random(15) < 1 / 2
        steady = MARGIN * PROBES - (1 / 2 - baseline).sum()
        state, nights = rng.random(15) < 1 / 2, []
        for _ in range(NIGHTS):
            state = np.where(rng.random(15) < 0.99, state, rng.random(15) < 1 / 2)
            moved = rng.random(PROBES - 15) < steady / (PROBES - 15)
            nights.append(np.concatenate([state * 1.0 - baseline, moved * 1.0]))
        alarms += judge_trend(nights, MARGIN, 1).alarm
    assert alarms <= 3


def test_the_seed_of_a_training_run_is_no_trend() -> None:
    """Nights that scatter by two points around the margin: an alarm in at most 5% of years."""
    rng = np.random.default_rng(5)
    years = [
        [_nights(rng, 1, max(-0.03, MARGIN + rng.normal(0, 0.02)))[0] for _ in range(NIGHTS)]
        for _ in range(40)
    ]
    assert sum(judge_trend(year, MARGIN, 1).alarm for year in years) <= 2


def test_candidates_of_one_night_are_one_night() -> None:
    """Ten sisters of one bad training run bet once; they keep the spread of one."""
    rng = np.random.default_rng(6)
    sister = _nights(rng, 1, MARGIN + 0.08)[0]
    assert one_night([sister] * 10).mean() == pytest.approx(sister.mean())
    together = judge_trend([one_night([sister] * 10)], MARGIN, 1)
    assert not together.alarm
    assert together == judge_trend([sister], MARGIN, 1)
    assert judge_trend([sister] * 10, MARGIN, 1).alarm


def test_each_night_has_the_margin_of_its_own_gate() -> None:
    """Ten points are an alarm under a gate of 2 points, and none under one of 20."""
    rng = np.random.default_rng(7)
    nights = _nights(rng, 10, 0.1)
    assert judge_trend(nights, [0.02] * 10, 3).alarm
    assert not judge_trend(nights, [0.2] * 10, 3).alarm


def test_less_alpha_asks_for_more_evidence() -> None:
    """An alarm that was acknowledged leaves a fifth of alpha; what is left is a fifth as easy."""
    nights = _nights(np.random.default_rng(8), 3, 0.0)
    first, second = (judge_trend(nights, MARGIN, 3, alpha) for alpha in (ALPHA, ALPHA / 5))
    assert second.threshold == pytest.approx(5 * first.threshold)
