"""Did the model change between two arms, on which axis, and is it too much?"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace

import numpy as np

from audit.axis import AXES, AxisName, axis_named
from audit.errors import InputError, Problem
from audit.records import Probe, Status, worst
from audit.run.asking_order import LOOKS
from audit.run.identity import AnyIdentity, Unknown, differing
from audit.settings.gate import Gate
from reports.axes import Flips, VerdictsByProbe, count_flips, paired_values, probes_of
from reports.comparison import guards
from reports.comparison.averaged import averaged_difference
from reports.comparison.axis_decision import Pair, decide_axis, held_back
from reports.comparison.categories import category_results
from reports.comparison.twins import twin_result
from reports.numbers.estimates import Resolution
from reports.numbers.paired import ANYTIME, TANGO, mean_estimate, paired_difference
from reports.numbers.resolution import ASSUMED_FLIP_RATE, POWER, resolution
from reports.people.corrected import Correction
from reports.results.arms import ArmRate
from reports.results.findings import AxisResult, CategoryResult, TwinResult
from reports.words.axes import (
    axis_sentences,
    category_sentences,
    estimand_sentences,
    twin_sentence,
)
from reports.words.people import correction_sentence


@dataclass(frozen=True)
class Arms:
    """Two arms' names and verdicts."""

    before: str
    after: str
    before_verdicts: VerdictsByProbe
    after_verdicts: VerdictsByProbe
    anytime: bool = False
    """Whether asking could stop after any of several looks."""
    stopped: bool = False
    """Whether the training that made after was stopped before its end."""


@dataclass(frozen=True)
class Decision:
    """Every axis that has probes, as its interval and all guards leave it; the worst decides."""

    axes: dict[AxisName, AxisResult]
    categories: dict[AxisName, dict[str, CategoryResult]]
    verdict: Status


@dataclass(frozen=True)
class Compared:
    """What two arms differ in, and what the gate says of it."""

    axes: dict[AxisName, AxisResult]
    categories: dict[AxisName, dict[str, CategoryResult]]
    flips: dict[AxisName, Flips]
    twins: TwinResult | None
    resolution: dict[AxisName, Resolution]
    verdict: Status
    reasons: list[str]


def decide(probes: list[Probe], pair: Pair, gate: Gate) -> Decision:
    """Say of every axis that has probes whether the change is too much.

    This is the rule of the verdict, and of the choice among arms.
    """
    asked = [axis for axis in AXES if probes_of(axis, probes)]
    categories = category_results(probes, pair.before, pair.after, gate, anytime=pair.anytime)
    axes: dict[AxisName, AxisResult] = {}
    for axis in asked:
        result = decide_axis(axis, probes, pair, gate)
        guarding = guards.categories(axis, result, categories[axis.name], gate)
        axes[axis.name] = held_back(result, list(guarding))
    statuses = [result.status for result in axes.values()]
    statuses += [
        row.status
        for rows in categories.values()
        for row in rows.values()
        if row.margin is not None and row.status is not None
    ]
    return Decision(axes, categories, worst(statuses))


def compare(
    probes: list[Probe],
    arms: Arms,
    gate: Gate,
    identities: Mapping[str, AnyIdentity],
    corrections: Mapping[AxisName, Correction] | None = None,
    *,
    same_model: bool = False,
) -> Compared:
    """Compare two arms on every axis that has probes.

    `corrections` are the axes as people's labels correct them; `same_model` says that after's
    weights are before's.

    Raises:
        InputError: the arms were asked in different ways, or nothing was asked.
    """
    _refuse_other_conditions(identities, arms)
    if not probes:
        fix = "ask probes of at least one kind"
        raise InputError(Problem("comparison", "no probe was asked", fix))
    verdicts = (arms.before_verdicts, arms.after_verdicts)
    pair = Pair(
        *verdicts,
        corrections or {},
        same_model=same_model,
        anytime=arms.anytime,
        stopped=arms.stopped,
    )
    decision = decide(probes, pair, gate)
    twins = twin_result(probes, *verdicts, gate.confidence)
    averaged = {
        name: averaged_difference(axis_named(name), probes, *verdicts, gate)
        for name in decision.axes
    }
    return Compared(
        axes={name: replace(row, averaged=averaged[name]) for name, row in decision.axes.items()},
        categories=decision.categories,
        flips={
            name: count_flips(probes_of(axis_named(name), probes), *verdicts)
            for name in decision.axes
        },
        twins=twins,
        resolution={
            name: _resolution(result, arms, gate.confidence)
            for name, result in decision.axes.items()
        },
        verdict=decision.verdict,
        reasons=list(_reasons(decision, twins, gate)),
    )


def rates(
    probes: list[Probe], verdicts: VerdictsByProbe, confidence: float
) -> dict[AxisName, ArmRate]:
    """Return one arm's rate with its interval on every axis that has scored probes."""
    table: dict[AxisName, ArmRate] = {}
    for axis in AXES:
        values = paired_values(axis, probes, verdicts, verdicts)
        if len(values.before):
            estimate = mean_estimate(values.before, confidence)
            table[axis.name] = ArmRate(**asdict(estimate), unscored=values.unscored_before)
    return table


def _reasons(decision: Decision, twins: TwinResult | None, gate: Gate) -> Iterable[str]:
    for axis in AXES:
        if axis.name not in decision.axes:
            yield f"{axis.name} is absent: no probe was asked that it could be measured on."
            continue
        result = decision.axes[axis.name]
        yield from axis_sentences(axis, result, gate.confidence)
        yield from correction_sentence(axis, result, gate)
    yield from category_sentences(decision.categories)
    if twins:
        yield twin_sentence(twins)
    yield from estimand_sentences(decision.axes, gate)


def _resolution(result: AxisResult, arms: Arms, confidence: float) -> Resolution:
    """Return what the interval that decided could have seen."""
    if not result.after.n:
        return Resolution(0, POWER, ASSUMED_FLIP_RATE, 1.0, 1.0)
    if result.difference.method == ANYTIME:
        # A look of several is taken to have its share of the error, which is not quite so dear.
        one_look = resolution(result.after.n, 1 - (1 - confidence) / LOOKS)
        zeros = np.zeros(result.after.n)
        nothing = paired_difference(zeros, zeros, confidence, anytime=True)
        return replace(one_look, bound_without_flips=nothing.high)
    whole_points = result.difference is not None and result.difference.method == TANGO
    samples = 1 if whole_points else max(len(verdicts) for verdicts in arms.after_verdicts.values())
    return resolution(result.after.n, confidence, samples)


def _refuse_other_conditions(identities: Mapping[str, AnyIdentity], arms: Arms) -> None:
    before, after = identities[arms.before], identities[arms.after]
    if isinstance(before, Unknown) or isinstance(after, Unknown):
        return
    others = differing(before, after)
    if others:
        what = f"{arms.before} and {arms.after} differ in {', '.join(others)}"
        fix = "ask both arms in the same way; only weights and adapter may differ"
        raise InputError(Problem("comparison", what, fix))
