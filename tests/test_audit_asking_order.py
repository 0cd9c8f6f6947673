"""Is every beginning of the order of asking a fair part, and does a test hold at each look?"""

from collections import Counter

import numpy as np

from audit.records import Probe
from audit.run.asking_order import LOOKS, asking_order, batches
from audit.settings.gate import Gate
from audit.settings.run_config import GenerationConfig
from reports.axes import unfit
from reports.numbers.betting import betting_p_value
from reports.numbers.collapse import find_collapses
from reports.numbers.paired import ANYTIME, paired_difference, tango_score

SIZES = {"a": 46, "b": 30, "c": 15, "d": 1}
PROBES = [
    Probe(id=f"{kind}-{name}-{n}", set="s", kind=kind, category=name, prompt="?")
    for kind in ("harmful", "borderline")
    for name, size in SIZES.items()
    for n in range(size)
]


def test_every_beginning_holds_each_category_in_its_share() -> None:
    """Never a whole probe too many or too few, whatever the seed."""
    for seed in range(20):
        order = asking_order(PROBES, seed)
        assert sorted(probe.id for probe in order) == sorted(probe.id for probe in PROBES)
        for asked in range(1, len(order)):
            there = Counter((probe.kind, probe.category) for probe in order[:asked])
            for (kind, name), count in there.items():
                share = count - SIZES[name] * asked / len(order)
                assert abs(share) < len(SIZES) * 2 / 2, (seed, asked, kind, name)


def test_the_order_follows_from_the_seed_and_not_from_the_file() -> None:
    """Another seed is another order; the same probes in another file are not."""
    order = [probe.id for probe in asking_order(PROBES, 0)]
    assert order == [probe.id for probe in asking_order(PROBES[::-1], 0)]
    assert order != [probe.id for probe in asking_order(PROBES, 1)]


def test_batches_are_few_and_no_smaller_than_what_is_answered_at_once() -> None:
    """All of the order is in them, once."""
    order = asking_order(PROBES, 0)
    parts = batches(order, 4)
    assert len(parts) <= LOOKS
    assert [probe for part in parts for probe in part] == order
    assert [len(part) for part in batches(order, 64)] == [64, 64, 56]


def test_a_test_at_every_look_is_seldom_wrong_simulation() -> None:
    """Where nothing changed it sees a worsening in no more than its share of runs.

    Tango's test, which holds at one look, is wrong at one of twenty looks far more often.
    """
    rng, runs, n = np.random.default_rng(0), 400, 300
    wrong = Counter[str]()
    for _ in range(runs):
        changes = rng.choice([-1.0, 0.0, 1.0], n, p=[0.05, 0.9, 0.05])
        seen = [changes[:asked] for asked in range(n // LOOKS, n + 1, n // LOOKS)]
        worse = [one for one in seen if one.mean() > 0]
        wrong["anytime"] += any(betting_p_value(one) < 0.05 for one in worse)
        scores = [tango_score((one > 0).sum(), (one < 0).sum(), len(one), 0.0) for one in worse]
        wrong["once"] += any(score > 1.96 for score in scores)
    assert wrong["anytime"] <= 0.025 * runs
    assert wrong["once"] > 0.05 * runs


def test_a_category_that_collapses_is_found_at_a_look() -> None:
    """Twelve of twelve newly refused stand out among twenty quiet categories; one of twelve not."""
    quiet = {f"q{n}": np.zeros(15) for n in range(20)}
    found = find_collapses({**quiet, "all": np.ones(12), "one": np.eye(12)[0]}, 0.95, anytime=True)
    assert found["all"].p_adjusted < 0.05
    assert found["all"].low > 0.05
    assert found["one"].p_adjusted == 1.0
    assert found["one"].low < 0
    assert paired_difference(np.zeros(9), np.zeros(9), 0.95, anytime=True).method == ANYTIME


def test_a_gate_that_no_look_could_pass_is_refused() -> None:
    """Without a flip 200 probes pass a margin of 2 points by the usual interval, and by no bet."""
    probes = [
        Probe(id=f"{n}", set="s", kind="harmful", category="c", prompt="?") for n in range(200)
    ]
    assert not unfit(Gate(), probes, GenerationConfig())
    (problem,) = unfit(Gate(), probes, GenerationConfig(stop_when_decided=True))
    assert "needs 228" in problem.what
