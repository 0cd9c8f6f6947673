"""Do corrected rates recover the truth, and do their intervals cover what they claim to cover?"""

import importlib.util
import sys
from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest
from conftest import PROJECT

from audit.axis import HARMFUL_COMPLIANCE, OVER_REFUSAL
from audit.records import Label, Probe, Verdict
from audit.settings.gate import Gate
from reports.people.corrected import LabelledArm
from reports.people.correction import correct
from reports.people.enough_labels import labels_for_margin
from reports.people.labelled_rows import Labelled, LabelledRow
from reports.people.prediction_powered import prediction_powered
from reports.people.rogan_gladen import rogan_gladen

if TYPE_CHECKING:
    from reports.axes import VerdictsByProbe

REPETITIONS = 120


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    """Load the benchmark's worlds; its folder must not be on the path (numba and `coverage`)."""
    path = PROJECT / "benchmarks" / "correction_coverage.py"
    spec = importlib.util.spec_from_file_location("correction_coverage", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["correction_coverage"] = module
    spec.loader.exec_module(module)
    return module


def _arm(
    n: int, judge: list[int], people: list[int], weight: list[float] | None = None
) -> LabelledArm:
    """Return an arm whose first probes are labelled; the judge's calls repeat over all n."""
    labelled = len(people)
    return LabelledArm(
        predicted=np.resize(np.array(judge, dtype=float), n),
        place=np.arange(labelled),
        people=np.array(people, dtype=float),
        judge=np.array(judge[:labelled], dtype=float),
        scored=np.ones(labelled, dtype=bool),
        weight=np.array(weight or [1.0] * labelled),
    )


@pytest.mark.parametrize(
    ("name", "probes", "labels"),
    [
        ("wrong on one arm", 120, 30),
        ("never wrong", 60, 15),
        ("sure where wrong", 250, 50),
        ("misses half after", 400, 100),
    ],
)
def test_coverage_by_simulation(benchmark: ModuleType, name: str, probes: int, labels: int) -> None:
    """Rates and difference, by both methods, hold the truth in 93% of simulated runs or more."""
    (world,) = [world for world in benchmark.WORLDS if world.name == name]
    for method, held in benchmark.coverage(world, probes, labels, REPETITIONS).items():
        assert held.usable > 0.5, method
        assert min(held.coverage.values()) >= 0.93, (method, held)


def test_rogan_gladen_of_a_worked_example() -> None:
    """Judged 0.26 with sensitivity 0.8 and specificity 0.9 is (0.26 + 0.9 - 1) / 0.7 = 0.2286."""
    people = [1] * 10 + [0] * 20
    judge = [1] * 8 + [0] * 2 + [1] * 2 + [0] * 18
    arm = replace(_arm(30, judge, people), predicted=np.repeat([1.0, 0.0], [26, 74]))
    found = rogan_gladen(arm, arm, 0.95)
    assert not isinstance(found, str)
    assert found.after.rate == pytest.approx(0.16 / 0.7)
    assert found.after.low < 0.16 / 0.7 < found.after.high
    assert found.difference.estimate == 0.0


def test_prediction_powered_of_a_worked_example() -> None:
    """The judge's 0.5 less its weighted excess: one of four judged wrongly, of weight 1 in 5."""
    judge, people = [1, 1, 0, 0], [0, 1, 0, 0]
    before = _arm(100, judge, judge)
    after = _arm(100, judge, people, [1.0, 2.0, 1.0, 1.0])
    found = prediction_powered(before, after, 0.95)
    assert found.before.rate == pytest.approx(0.5)
    assert found.after.rate == pytest.approx(0.5 - 1 / 5)
    assert found.difference.estimate == pytest.approx(-1 / 5)


def test_the_difference_is_that_of_the_rates_however_many_labels_each_arm_has() -> None:
    """Each arm has half of the weight, so that 40 labels do not outweigh 10."""
    rng = np.random.default_rng(0)
    before = _arm(200, rng.integers(0, 2, 40).tolist(), rng.integers(0, 2, 40).tolist())
    after = _arm(200, rng.integers(0, 2, 10).tolist(), rng.integers(0, 2, 10).tolist())
    found = prediction_powered(before, after, 0.95)
    rates = found.after.rate - found.before.rate
    assert found.difference.estimate == pytest.approx(rates)


def test_labels_that_never_differ_still_leave_room() -> None:
    """With 30 labels 9.5% of errors can stay unseen (1 - 0.05 ** (1 / 30)); as much is left."""
    arm = _arm(400, [0, 0, 0, 1] * 10, [0, 0, 0, 1] * 7 + [0, 0])
    found = prediction_powered(arm, arm, 0.95)
    assert found.difference.estimate == 0.0
    assert found.before.high - found.before.rate > 0.09
    assert found.difference.high > 0.12
    other = rogan_gladen(arm, arm, 0.95)
    assert not isinstance(other, str)
    assert other.difference.high > 0.1


def test_a_judge_no_better_than_chance_cannot_be_corrected_by_its_error() -> None:
    """Rogan-Gladen says why; prediction-powered inference needs no good judge."""
    chance = _arm(80, [0, 1] * 40, [0, 0, 1, 1] * 5)
    found = rogan_gladen(chance, chance, 0.95)
    assert isinstance(found, str)
    assert "chance" in found
    none = _arm(80, [0] * 40, [0] * 20)
    assert "no labelled response of before" in str(rogan_gladen(none, chance, 0.95))
    assert prediction_powered(none, none, 0.95).difference.estimate == 0.0


def test_labels_of_one_probe_count_as_one() -> None:
    """Two samples of each probe that err together make the interval no narrower than one does."""
    once = _arm(100, [1, 0, 0, 1] * 25, [1, 0, 1, 0] * 5)
    twice = replace(
        once,
        place=np.repeat(once.place, 2),
        people=np.repeat(once.people, 2),
        judge=np.repeat(once.judge, 2),
        scored=np.repeat(once.scored, 2),
        weight=np.repeat(once.weight, 2),
    )
    one, two = (prediction_powered(arm, arm, 0.95).before for arm in (once, twice))
    assert two.high - two.low == pytest.approx(one.high - one.low)


def _judged(probe_id: str, labels: list[Label]) -> list[Verdict]:
    return [
        Verdict(probe_id=probe_id, sample=n, label=label, score=None, judge="j", evidence=None)
        for n, label in enumerate(labels)
    ]


def test_unscored_answers_are_corrected_by_people_and_samples_are_averaged() -> None:
    """Two samples of 40 probes; one of each pair is unscored after, and people say: complied.

    The judge's own rate after is 0; the truth is one half, since every second answer complied.
    """
    ids = [f"p{n}" for n in range(40)]
    probes = [Probe(id=name, set="s", kind="harmful", category="c", prompt="Why?") for name in ids]
    verdicts: dict[str, VerdictsByProbe] = {
        "before": {name: _judged(name, ["full_refusal", "full_refusal"]) for name in ids},
        "after": {name: _judged(name, ["full_refusal", "unscored"]) for name in ids},
    }
    rows = [
        LabelledRow(arm, name, sample, "harmful", {"Ann": said, "Ben": said}, 1.0)
        for arm, second in (("before", "full_refusal"), ("after", "compliance"))
        for name in ids[:30]
        for sample, said in enumerate(("full_refusal", second))
    ]
    answered = {arm: {name: {0, 1} for name in [*ids, "stranger"]} for arm in verdicts}
    answered["before"].pop("p39")
    found = correct(HARMFUL_COMPLIANCE, probes, verdicts, Labelled(rows, 0, 0, answered), Gate())
    assert found is not None
    assert found.prediction_powered.before.rate == 0.0
    assert found.prediction_powered.after.rate == pytest.approx(0.5)
    assert found.prediction_powered.after.labels == 60
    assert found.prediction_powered.status == "regressed"
    assert found.rogan_gladen is None
    assert "no labelled response of before" in str(found.unusable)
    assert correct(OVER_REFUSAL, probes, verdicts, Labelled(rows, 0, 0, answered), Gate()) is None


def test_what_two_people_say_is_averaged() -> None:
    """A response that they divide on counts half."""
    probes = [Probe(id="p", set="s", kind="borderline", category="c", prompt="Why?")]
    verdicts = {arm: {"p": _judged("p", ["compliance"])} for arm in ("before", "after")}
    rows = [
        LabelledRow("before", "p", 0, "harmless", {"Ann": "compliance"}, 1.0),
        LabelledRow("after", "p", 0, "harmless", {"Ann": "compliance", "Ben": "full_refusal"}, 1.0),
    ]
    answered = {arm: {"p": {0}} for arm in verdicts}
    found = correct(OVER_REFUSAL, probes, verdicts, Labelled(rows, 0, 0, answered), Gate())
    assert found is not None
    assert found.prediction_powered.difference.estimate == 0.5


def test_planned_labels_keep_the_corrected_interval_within_the_margin() -> None:
    """With so many labels the interval's half is the margin, on average within a tenth."""
    probes, margin, flips, wrong = 400, 0.08, 0.04, 0.06
    judged_flips = flips + 2 * wrong * (1 - wrong)
    labels = labels_for_margin(probes, margin, judged_flips, wrong, 0.95)
    assert labels is not None
    rng = np.random.default_rng(5)
    halves = []
    for _ in range(40):
        truth = (rng.random(probes) < 0.5).astype(float)
        sides = []
        for _ in range(2):
            people = np.where(rng.random(probes) < flips / 2, 1 - truth, truth)
            judged = np.where(rng.random(probes) < wrong, 1 - people, people)
            place = rng.choice(probes, labels // 2, replace=False)
            weight = np.full(len(place), probes / len(place))
            everything = np.ones(len(place), dtype=bool)
            sides.append(
                LabelledArm(judged, place, people[place], judged[place], everything, weight)
            )
        change = prediction_powered(sides[0], sides[1], 0.95).difference
        halves.append((change.high - change.low) / 2)
    assert np.mean(halves) == pytest.approx(margin, rel=0.1)


def test_labels_are_not_promised_where_no_number_would_do() -> None:
    """With so few probes the judged difference alone is wider than the margin."""
    assert labels_for_margin(60, 0.02, 0.1, 0.05, 0.95) is None
    assert labels_for_margin(400, 0.08, 0.04, None, 0.95) is None
