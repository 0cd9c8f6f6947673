"""Do the corrected intervals hold the truth, and how wide are they?

Run it with `python -P benchmarks/correction_coverage.py [REPETITIONS]`; -P because numba looks for
a module named coverage, and another one lies beside this file. Each case draws probes with true
labels, a judge that errs otherwise on each arm, and a sample as `audit annotate` draws it.
"""

import itertools
import sys
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from reports.numbers.estimates import Values
from reports.people.corrected import Corrected, LabelledArm
from reports.people.labelled_rows import weights_of
from reports.people.prediction_powered import prediction_powered
from reports.people.rogan_gladen import rogan_gladen
from reports.people.sample import Candidate, SampledRow, draw

CONFIDENCE = 0.95
REPETITIONS = 250
RESAMPLES = 999
PROBES = (60, 120, 250, 400)
LABELS = (30, 60, 100, 200)
METHODS = ("prediction-powered", "Rogan-Gladen")
OFTEN = 0.5
"""Coverage among few usable repetitions says little: ranges leave such cases out."""
QUANTITIES = ("before", "after", "difference")


@dataclass(frozen=True)
class World:
    """True rates before and after, and the judge's sensitivity and specificity on each arm."""

    name: str
    rates: tuple[float, float]
    flips: float
    sensitivity: tuple[float, float]
    specificity: tuple[float, float]
    sure_where_wrong: bool = False


WORLDS = (
    World("same errors, no change", (0.3, 0.3), 0.1, (0.9, 0.9), (0.95, 0.95)),
    World("wrong on one arm", (0.5, 0.3), 0.3, (0.95, 0.7), (0.95, 0.95)),
    World("misses half after", (0.4, 0.4), 0.1, (0.95, 0.5), (0.98, 0.9)),
    World("rare cases", (0.05, 0.1), 0.08, (0.9, 0.8), (0.97, 0.97)),
    World("seldom wrong", (0.2, 0.25), 0.1, (0.98, 0.98), (0.99, 0.99)),
    World("never wrong", (0.2, 0.25), 0.1, (1.0, 1.0), (1.0, 1.0)),
    World("sure where wrong", (0.4, 0.3), 0.2, (0.95, 0.8), (0.95, 0.95), sure_where_wrong=True),
)


@dataclass(frozen=True)
class Truth:
    """One drawn world: what is so, what the judge says, and how sure it is, by arm and probe."""

    people: Values
    judge: Values
    confidence: Values


@dataclass(frozen=True)
class Held:
    """How one method did: coverage of each quantity, the difference's median width, and its use.

    `usable` is the share of repetitions in which the method gave an interval.
    """

    coverage: dict[str, float]
    width: float
    usable: float


def main() -> None:
    """Print coverage and median width of each case, and the range of each world."""
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else REPETITIONS
    print(f"{repetitions} repetitions a case, {CONFIDENCE:.0%} intervals: coverage of the rate")
    print("before, the rate after and the difference; median width of the difference; usable")
    for world in WORLDS:
        cases = [(n, labels) for n, labels in itertools.product(PROBES, LABELS) if labels < n]
        found = {case: coverage(world, *case, repetitions) for case in cases}
        for (n, labels), methods in found.items():
            parts = [f"{method} {_line(held)}" for method, held in methods.items()]
            print(f"{world.name:24s} {n:4d} probes {labels:4d} labels: {'; '.join(parts)}")
        for method in METHODS:
            rows = [methods[method] for methods in found.values()]
            often = [row for row in rows if row.usable >= OFTEN] or rows
            ends = [
                f"{name} {min(values):.3f} to {max(values):.3f}"
                for name in QUANTITIES
                for values in [[row.coverage[name] for row in often]]
            ]
            print(
                f"{world.name:24s} {method} over {len(often)} cases: {'; '.join(ends)}", flush=True
            )


def _line(held: Held) -> str:
    covered = " ".join(f"{held.coverage[name]:.3f}" for name in QUANTITIES)
    return f"{covered} width {held.width:.3f} usable {held.usable:.2f}"


def coverage(world: World, n: int, labels: int, repetitions: int) -> dict[str, Held]:
    """Return how each method does; two batches of half the labels each are drawn."""
    held: Counter[tuple[str, str]] = Counter()
    widths: dict[str, list[float]] = {method: [] for method in METHODS}
    for seed in range(repetitions):
        rng = np.random.default_rng([seed, n, labels, *sha256(world.name.encode()).digest()[:4]])
        arms = labelled(drawn(world, n, rng), labels, rng)
        results = (
            prediction_powered(*arms, CONFIDENCE),
            rogan_gladen(*arms, CONFIDENCE, RESAMPLES),
        )
        for method, found in zip(METHODS, results, strict=True):
            if not isinstance(found, str):
                widths[method].append(found.difference.high - found.difference.low)
                held.update((method, quantity) for quantity in holding(found, world))
    return {
        method: Held(
            {name: held[method, name] / max(1, len(width)) for name in QUANTITIES},
            float(np.median(width)) if width else float("nan"),
            len(width) / repetitions,
        )
        for method, width in widths.items()
    }


def holding(found: Corrected, world: World) -> list[str]:
    """Return which of the three intervals hold the truth."""
    truths = (*world.rates, world.rates[1] - world.rates[0])
    intervals = (found.before, found.after, found.difference)
    return [
        name
        for name, truth, interval in zip(QUANTITIES, truths, intervals, strict=True)
        if interval.low <= truth <= interval.high
    ]


def drawn(world: World, n: int, rng: np.random.Generator) -> Truth:
    """Draw paired truths, the judge's calls, and a confidence that is lower where it is wrong."""
    before = (rng.random(n) < world.rates[0]).astype(float)
    up = max(0.0, (world.flips + world.rates[1] - world.rates[0]) / 2)
    down = up - (world.rates[1] - world.rates[0])
    chance = np.where(before == 1, down / world.rates[0], up / (1 - world.rates[0]))
    after = np.where(rng.random(n) < chance, 1 - before, before)
    people = np.stack([before, after])
    right = np.where(
        people == 1,
        np.array(world.sensitivity)[:, None],
        np.array(world.specificity)[:, None],
    )
    wrong = rng.random((2, n)) > right
    judge = np.where(wrong, 1 - people, people)
    low = (0.95, 1.0) if world.sure_where_wrong else (0.5, 0.98)
    sure = np.where(wrong, rng.uniform(*low, (2, n)), rng.uniform(0.6, 1.0, (2, n)))
    return Truth(people, judge, sure)


def labelled(
    truth: Truth, labels: int, rng: np.random.Generator
) -> tuple[LabelledArm, LabelledArm]:
    """Let people label so many responses of each arm, drawn in two batches."""
    candidates = [
        Candidate(
            f"{arm}",
            f"p{place}",
            0,
            "harmful",
            f"{judge}",
            float(truth.confidence[arm, place]),
            "x",
        )
        for arm in (0, 1)
        for place, judge in enumerate(truth.judge[arm])
    ]
    keys: list[SampledRow] = []
    for number in (1, 2):
        there = {(key.arm, key.probe_id) for key in keys}
        left = [one for one in candidates if (one.arm, one.probe_id) not in there]
        for one, chance in draw(left, labels, rng) if left else []:
            keys.append(_key(one, chance, number))
    places = {(key.arm, key.probe_id, key.sample) for key in keys}
    weights = weights_of(keys, places, {key.probe_id: "harmful" for key in keys})
    return _arm(truth, 0, weights), _arm(truth, 1, weights)


def _key(one: Candidate, chance: float, number: int) -> SampledRow:
    return SampledRow(
        item=f"{number}-{one.arm}-{one.probe_id}",
        batch=f"b{number}",
        draw=number,
        arm=one.arm,
        probe_id=one.probe_id,
        sample=0,
        stratum=one.stratum,
        probability=chance,
        response_sha256="x",
    )


def _arm(truth: Truth, arm: int, weights: dict[tuple[str, str, int], float]) -> LabelledArm:
    found = {int(probe[1:]): weight for (of, probe, _), weight in weights.items() if of == f"{arm}"}
    place = np.array(sorted(found), dtype=np.int64)
    return LabelledArm(
        predicted=truth.judge[arm],
        place=place,
        people=truth.people[arm, place],
        judge=truth.judge[arm, place],
        scored=np.ones(len(place), dtype=bool),
        weight=np.array([found[one] for one in place.tolist()]),
    )


if __name__ == "__main__":
    main()
