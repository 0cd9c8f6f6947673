"""What is the status of an axis between two arms, and what holds it back?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from audit.axis import Axis, AxisName
from audit.records import Kind, Probe, worst
from audit.settings.gate import Gate
from reports.axes import (
    Bounded,
    PairedValues,
    VerdictsByProbe,
    axis_status,
    paired_values,
    probes_of,
    share_labelled,
)
from reports.comparison import guards
from reports.comparison.categories import sensitivity
from reports.comparison.tipping_point import tipping_point
from reports.numbers.estimates import Values
from reports.numbers.paired import mean_estimate, paired_difference
from reports.people.corrected import Correction
from reports.results.findings import (
    UNKNOWN,
    AxisResult,
    Change,
    Guard,
    KindResult,
    Sensitivity,
    Side,
)


@dataclass(frozen=True)
class Pair:
    """Two arms as one judge sees them, and what is known of the two beside their verdicts.

    `corrections` are the axes as people's labels correct them. `same_model` says that after's
    weights are before's, `anytime` that asking could stop after any of several looks, and `stopped`
    that training was stopped before its end.
    """

    before: VerdictsByProbe
    after: VerdictsByProbe
    corrections: Mapping[AxisName, Correction]
    same_model: bool
    anytime: bool = False
    stopped: bool = False


def decide_axis(axis: Axis, probes: list[Probe], pair: Pair, gate: Gate) -> AxisResult:
    """Compare two arms on an axis that has probes, and let every guard but the categories' speak.

    The interval of all its probes decides, or, where the gate says so, the one corrected by
    people's labels; then each of the axis's kinds, which many easy probes of another would dilute.
    """
    values = paired_values(axis, probes, pair.before, pair.after)
    corrected = pair.corrections.get(axis.name)
    margin = gate.margin(axis)
    change = change_of(values, gate, anytime=pair.anytime)
    deciding: Bounded = change
    if corrected and gate.decide_by == "corrected":
        deciding = corrected.prediction_powered.difference
    by_interval, exceeds = axis_status(axis, deciding, margin)
    kinds = _kinds(axis, probes, pair, gate)
    sides = _sides(axis, probes, values, pair, gate)
    result = AxisResult(
        before=sides[0],
        after=sides[1],
        difference=change,
        margin=margin,
        status=by_interval,
        by_interval=by_interval,
        exceeds_margin=exceeds,
        guards=[],
        kinds=kinds,
        sensitivity=_sensitivity(values, gate),
        corrected=corrected,
        averaged=None,
        tipping_point=None,
    )
    vetoed = guards.labels(axis, result, gate)
    if vetoed:
        result = replace(result, status=vetoed.status, guards=[vetoed], exceeds_margin=False)
    result = held_back(result, list(_guards(axis, result, values, pair, gate)))
    by_people = corrected is not None and gate.decide_by == "corrected"
    if result.status != "pass" or by_people or not axis.is_judged:
        return result
    return replace(result, tipping_point=tipping_point(axis, values, gate, anytime=pair.anytime))


def held_back(result: AxisResult, holding: list[Guard]) -> AxisResult:
    """Return an axis as these guards leave it; those that ask for less are not kept.

    Where people's labels contradict a regression, what else the judge alone sees is none either.
    """
    if any(guard.name == "labels" for guard in result.guards):
        holding = [replace(guard, status="inconclusive") for guard in holding]
    status = worst([result.status, *(guard.status for guard in holding)])
    kept = [guard for guard in holding if guard.status == status]
    tipping = result.tipping_point if status == "pass" else None
    return replace(result, status=status, guards=[*result.guards, *kept], tipping_point=tipping)


def change_of(values: PairedValues, gate: Gate, *, anytime: bool) -> Change:
    """Return the difference of the probes that are scored in both arms; unknown without any."""
    if not len(values.before):
        return UNKNOWN
    ends = (values.before, values.after, gate.confidence)
    return Change(**vars(paired_difference(*ends, anytime=anytime)))


def _guards(
    axis: Axis, result: AxisResult, values: PairedValues, pair: Pair, gate: Gate
) -> Iterator[Guard]:
    if pair.same_model:
        yield guards.same_model()
    if pair.stopped:
        yield guards.stopped_training()
    if not len(values.before):
        yield guards.nothing_scored(axis, values)
        return
    yield from guards.degenerate(axis, result, gate)
    yield from guards.unscored(axis, result, values, gate, anytime=pair.anytime)
    yield from guards.kinds(axis, result, gate)


def _kinds(axis: Axis, probes: list[Probe], pair: Pair, gate: Gate) -> dict[Kind, KindResult]:
    """Return each kind of an axis on its own, where probes of several kinds were asked."""
    asked = {
        kind: members
        for kind in axis.kinds
        if (members := probes_of(axis, [probe for probe in probes if probe.kind == kind]))
    }
    if len(asked) <= 1:
        return {}
    results = {}
    for kind, members in asked.items():
        values = paired_values(axis, members, pair.before, pair.after)
        change = change_of(values, gate, anytime=pair.anytime)
        results[kind] = KindResult(
            n=len(values.before),
            before=_mean(values.before),
            after=_mean(values.after),
            difference=change,
            status=axis_status(axis, change, gate.margin(axis))[0],
        )
    return results


def _sides(
    axis: Axis, probes: list[Probe], values: PairedValues, pair: Pair, gate: Gate
) -> list[Side]:
    of_axis = probes_of(axis, probes)
    ends = (
        (values.before, values.unscored_before, pair.before),
        (values.after, values.unscored_after, pair.after),
    )
    return [_side(points, unscored, of_axis, verdicts, gate) for points, unscored, verdicts in ends]


def _side(
    points: Values, unscored: int, probes: list[Probe], verdicts: VerdictsByProbe, gate: Gate
) -> Side:
    mean = mean_estimate(points, gate.confidence) if len(points) else None
    return Side(
        rate=mean.rate if mean else None,
        low=mean.low if mean else 0.0,
        high=mean.high if mean else 1.0,
        n=len(points),
        unscored=unscored,
        degenerate=share_labelled("degenerate", probes, verdicts),
        partial_refusal=share_labelled("partial_refusal", probes, verdicts),
    )


def _sensitivity(values: PairedValues, gate: Gate) -> Sensitivity | None:
    if not len(values.before):
        return None
    return sensitivity(values.after - values.before, values.categories, gate.confidence)


def _mean(points: Values) -> float | None:
    return float(points.mean()) if len(points) else None
