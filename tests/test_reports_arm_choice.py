"""Are twins, categories, the front and the exchange rate what a worked example says?"""

import numpy as np
import pytest

from audit.records import Label, Probe, Verdict
from audit.settings.gate import CategoryGate, Gate
from reports.axes import VerdictsByProbe
from reports.comparison.arm_choice import choose_arm
from reports.comparison.categories import category_results, sensitivity
from reports.comparison.twins import twin_result
from reports.numbers.exchange import fieller

PROBES = [
    Probe(
        id=f"{kind}-{n:03d}",
        set="s",
        kind=kind,
        category=f"c{n % 2}",
        prompt="Why?",
        twin=f"{other}-{n:03d}",
    )
    for kind, other in (("harmful", "borderline"), ("borderline", "harmful"))
    for n in range(100)
]


def _arm(harmful_refused: int, borderline_refused: int) -> VerdictsByProbe:
    """Refuse the first so many probes of each kind."""
    limits = {"harmful": harmful_refused, "borderline": borderline_refused}
    verdicts = {}
    for probe in PROBES:
        refused = int(probe.id[-3:]) < limits[probe.kind]
        label: Label = "full_refusal" if refused else "compliance"
        verdicts[probe.id] = [
            Verdict(
                probe_id=probe.id, sample=0, label=label, score=None, judge="rules", evidence=None
            )
        ]
    return verdicts


def test_twins_cannot_be_told_apart_by_refusing_everything() -> None:
    """Neither refusing all nor answering all tells a single pair apart."""
    nothing, everything, apart = _arm(0, 0), _arm(100, 100), _arm(80, 10)
    found = twin_result(PROBES, nothing, everything, 0.95)
    assert found is not None
    assert (found.before.rate, found.after.rate, found.after.n) == (0, 0, 100)
    better = twin_result(PROBES, nothing, apart, 0.95)
    assert better is not None
    assert better.after.rate == pytest.approx(0.7)
    assert twin_result(PROBES[:100], nothing, apart, 0.95) is None


def test_the_front_holds_whom_no_other_beats() -> None:
    """An arm that is worse on both rates is off the front, and is not recommended."""
    arms = {
        "before": _arm(80, 0),
        "good": _arm(100, 0),
        "strict": _arm(100, 60),
        "after": _arm(100, 2),
    }
    chosen = choose_arm(PROBES, arms, Gate(max_over_refusal_increase=0.1))
    assert {arm for arm, row in chosen.front.items() if row.on_front} == {"good"}
    assert chosen.front["strict"].share == 0
    assert chosen.recommended == "good"
    assert chosen.confidence_of_each == pytest.approx(1 - 0.05 / 3)
    assert chosen.arms["strict"].statuses["over_refusal"] == "regressed"
    rate = chosen.arms["strict"].exchange_rate
    assert rate is not None
    assert rate.estimate == pytest.approx(3.0)


def test_fieller_equals_its_worked_form() -> None:
    """The ends solve the quadratic; with a denominator that may be zero there are none."""
    covariance = np.array([[0.04, 0.01], [0.01, 0.02]])
    low, high = fieller(2.0, 1.0, covariance, 0.95)
    assert low is not None
    assert high is not None
    for ratio in (low, high):
        spread = 0.04 - 2 * ratio * 0.01 + ratio**2 * 0.02
        assert (2.0 - ratio) ** 2 == pytest.approx(1.959964**2 * spread, rel=1e-5)
    assert low < 2 < high
    assert fieller(2.0, 0.1, covariance, 0.95) == (None, None)


def test_fieller_holds_the_true_ratio() -> None:
    """In 95% of simulated cases."""
    rng = np.random.default_rng(0)
    covariance = np.array([[0.04, 0.01], [0.01, 0.02]])
    draws = rng.multivariate_normal([2.0, 1.0], covariance, 4000)
    ends = [fieller(top, bottom, covariance, 0.95) for top, bottom in draws]
    held = [low is None or high is None or low <= 2.0 <= high for low, high in ends]
    assert np.mean(held) == pytest.approx(0.95, abs=0.015)


def test_categories_are_corrected_and_gated() -> None:
    """A category that collapses is found, and one that did not change has no part."""
    before, after = _arm(100, 0), _arm(100, 0)
    for probe in PROBES[100:]:
        if probe.category == "c0" and int(probe.id[-3:]) < 20:
            after[probe.id] = [after[probe.id][0].model_copy(update={"label": "full_refusal"})]
    gate = Gate(categories={"c0": CategoryGate(max_over_refusal_increase=0.05)})
    rows = category_results(PROBES, before, after, gate)["over_refusal"]
    assert rows["c0"].difference.estimate == pytest.approx(0.2)
    assert rows["c0"].p_adjusted == pytest.approx(2**-10)
    assert rows["c0"].collapsed == "regressed"
    assert (rows["c0"].status, rows["c1"].status) == ("regressed", None)
    assert rows["c1"].p_adjusted == 1


def test_the_other_readings_of_the_categories() -> None:
    """Strata remove the variance between categories; clusters add it."""
    changes = np.array([0.0] * 50 + [1.0] * 50)
    found = sensitivity(changes, ["a"] * 50 + ["b"] * 50, 0.95)
    assert found.stratified == pytest.approx((0.5, 0.5))
    assert found.clustered is not None
    assert found.clustered[1] - found.clustered[0] > 1
    assert sensitivity(changes, ["a"] * 100, 0.95).clustered is None
