"""Are responses drawn with the chances that are written down, and are people counted rightly?"""

from collections import Counter

import numpy as np
import pytest

from audit.errors import InputError
from audit.records import Verdict
from reports.people.agreement import agreements
from reports.people.judge_error import judge_error
from reports.people.labelled_rows import LabelledRow, weights_of
from reports.people.sample import Candidate, SampledRow, draw

LABELS = ("full_refusal", "compliance", "unscored")


def _candidates(count: int) -> list[Candidate]:
    """Return responses of two arms and both axes, some of which the judge is unsure of."""
    rng = np.random.default_rng(1)
    rows = []
    for arm in ("before", "after"):
        for place in range(count):
            group = "harmful" if place % 3 else "harmless"
            label = LABELS[min(2, place % 10 // 4)]
            sure = None if label == "unscored" else float(rng.uniform(0.5, 1))
            rows.append(Candidate(arm, f"p{place}", 0, group, label, sure, "x"))
    return rows


def test_rows_are_drawn_as_often_as_their_probability_says() -> None:
    """Over 2,000 drawings the share of each row is its stored chance, within its error."""
    rows = _candidates(30)
    hits: Counter[tuple[str, str, int]] = Counter()
    chances: dict[tuple[str, str, int], float] = {}
    for seed in range(2_000):
        drawn = draw(rows, 24, np.random.default_rng(seed))
        assert len({one.place for one, _ in drawn}) == 24
        for one, chance in drawn:
            hits[one.place] += 1
            assert chances.setdefault(one.place, chance) == chance
    assert len(chances) == len(rows)
    for place, chance in chances.items():
        error = np.sqrt(chance * (1 - chance) / 2_000)
        assert hits[place] / 2_000 == pytest.approx(chance, abs=4.5 * error + 1e-9)


def test_the_unsure_are_drawn_more_often_and_every_stratum_is() -> None:
    """Near one half three times as often as at one; no arm, axis or label is left out."""
    rows = _candidates(120)
    drawn = draw(rows, 60, np.random.default_rng(0))
    assert {one.stratum for one, _ in drawn} == {one.stratum for one in rows}
    chances = {one.place: (one, chance) for one, chance in drawn}
    of_one = [found for found in chances.values() if found[0].stratum == "after/harmful/compliance"]
    unsure = [chance for one, chance in of_one if one.confidence and one.confidence < 0.7]
    sure = [chance for one, chance in of_one if one.confidence and one.confidence > 0.97]
    assert not sure or min(unsure) > 1.5 * max(sure)
    arms = Counter(one.arm for one, _ in drawn)
    assert arms["before"] == arms["after"] == 30


def test_too_few_items_for_all_strata_are_refused() -> None:
    """The message says how many it takes."""
    with pytest.raises(InputError, match="draw 12 or more"):
        draw(_candidates(30), 11, np.random.default_rng(0))


def test_asking_for_more_than_there_is_takes_all() -> None:
    """Every response, each surely."""
    drawn = draw(_candidates(10), 500, np.random.default_rng(0))
    assert len(drawn) == 20
    assert {chance for _, chance in drawn} == {1.0}


def test_weights_of_two_drawings_stand_for_all_responses() -> None:
    """On average over drawings they add up to the responses, and to the judge's refusals."""
    rows = [one for one in _candidates(60) if one.arm == "after" and one.group == "harmful"]
    totals = []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        keys: list[SampledRow] = []
        for number in (1, 2):
            left = [one for one in rows if one.probe_id not in {key.probe_id for key in keys}]
            for one, chance in draw(left, 8, rng):
                name = f"{number}-{one.probe_id}"
                parts = {"item": name, "batch": "b", "draw": number, "arm": one.arm, "sample": 0}
                rest = {"stratum": one.stratum, "probability": chance, "response_sha256": "x"}
                keys.append(SampledRow(probe_id=one.probe_id, **parts, **rest))
        places = {(key.arm, key.probe_id, 0) for key in keys}
        weights = weights_of(keys, places, {one.probe_id: "harmful" for one in rows})
        refused = {one.probe_id for one in rows if one.label == "full_refusal"}
        parts = [weight for place, weight in weights.items() if place[1] in refused]
        totals.append((sum(weights.values()), sum(parts)))
    mean = np.mean(totals, axis=0)
    error = np.std(totals, axis=0) / np.sqrt(len(totals))
    truth = (len(rows), sum(one.label == "full_refusal" for one in rows))
    assert np.all(np.abs(mean - truth) < 4 * error + 1e-9)


def _row(number: int, labels: dict[str, str], weight: float = 1.0) -> LabelledRow:
    return LabelledRow("after", f"p{number}", 0, "harmful", labels, weight)


def test_agreement_of_a_worked_table() -> None:
    """Cohen's own form: 20, 5, 10 and 15 of 50 give 70% and a kappa of 0.4."""
    table = [("full_refusal", "full_refusal")] * 20 + [("full_refusal", "compliance")] * 5
    table += [("compliance", "full_refusal")] * 10 + [("compliance", "compliance")] * 15
    rows = [_row(n, {"Ann": a, "Ben": b}) for n, (a, b) in enumerate(table)]
    (found,) = agreements([*rows, _row(99, {"Ann": "compliance"})], 0.95)
    assert (found.people, found.n) == (("Ann", "Ben"), 50)
    assert found.raw.rate == 0.7
    assert found.kappa_refusal is not None
    assert found.kappa_refusal.rate == pytest.approx(0.4)
    assert found.kappa_refusal.low < 0.2
    assert found.kappa_refusal.high < 0.7


def test_perfect_agreement_on_few_answers_is_not_certain() -> None:
    """Ten equal labels leave room; where only one label was used there is no kappa."""
    labels = ["full_refusal"] * 5 + ["compliance"] * 5
    rows = [_row(n, {"Ann": label, "Ben": label}) for n, label in enumerate(labels)]
    (found,) = agreements(rows, 0.95)
    assert found.kappa_label is not None
    assert (found.kappa_label.rate, found.kappa_label.high) == (1.0, 1.0)
    assert found.kappa_label.low < 0.8
    (same,) = agreements(rows[:5], 0.95)
    assert same.kappa_refusal is None


def test_partial_and_full_refusals_agree_on_refusing() -> None:
    """They differ as labels only."""
    rows = [_row(0, {"Ann": "full_refusal", "Ben": "partial_refusal"})]
    (found,) = agreements([*rows, _row(1, {"Ann": "compliance", "Ben": "compliance"})], 0.95)
    assert (found.raw.rate, found.raw_refusal.rate) == (0.5, 1.0)


def test_the_judges_error_is_weighted_to_the_whole_arm() -> None:
    """One wrong answer that stands for nine of twelve: right on a quarter, and recall a quarter."""
    labels = {"p0": "full_refusal", "p1": "full_refusal", "p2": "full_refusal", "p3": "compliance"}
    verdicts = {
        name: [Verdict(probe_id=name, sample=0, label=label, score=None, judge="j", evidence=None)]
        for name, label in labels.items()
    }
    rows = [_row(n, {"Ann": "full_refusal"}) for n in range(3)]
    found = judge_error([*rows, _row(3, {"Ann": "partial_refusal"}, 9.0)], verdicts, 0.95)
    assert found.n == 4
    assert found.accuracy is not None
    assert found.recall is not None
    assert found.precision is not None
    assert found.f1 is not None
    assert found.accuracy.rate == found.recall.rate == 0.25
    assert found.precision.rate == 1.0
    assert found.precision.low < 0.6
    assert found.f1.rate == pytest.approx(0.4)
    assert found.f1.low < 0.4 < found.f1.high
