"""Did the model change between two arms, on which axis, and is it too much?"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from audit.axis import AXES, Axis, AxisName
from audit.errors import InputError, Problem
from audit.records import Probe, Status, worst
from audit.run.identity import AnyIdentity, Unknown, differing
from audit.settings.gate import Gate
from reports.axes import (
    Flips,
    PairedValues,
    VerdictsByProbe,
    axis_status,
    count_flips,
    paired_values,
    probes_of,
    share_labelled,
)
from reports.comparison.categories import category_results, sensitivity
from reports.comparison.twins import twin_result
from reports.numbers.estimates import Difference, Estimate, Resolution
from reports.numbers.paired import mean_estimate, paired_difference
from reports.numbers.resolution import resolution
from reports.people.corrected import Correction
from reports.results.arms import ArmRate
from reports.results.findings import AxisResult, CategoryResult, Side, TwinResult
from reports.words.axes import axis_sentence, category_sentences, twin_sentence
from reports.words.people import correction_sentence


@dataclass(frozen=True)
class Arms:
    """Two arms' names and verdicts."""

    before: str
    after: str
    before_verdicts: VerdictsByProbe
    after_verdicts: VerdictsByProbe


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


def compare(
    probes: list[Probe],
    arms: Arms,
    gate: Gate,
    identities: Mapping[str, AnyIdentity],
    corrections: Mapping[AxisName, Correction] | None = None,
) -> Compared:
    """Compare two arms on every axis that has probes.

    `corrections` are the axes as people's labels correct them.

    Raises:
        InputError: the arms were asked in different ways, or no axis has a scored probe.
    """
    _refuse_other_conditions(identities, arms)
    results: dict[AxisName, AxisResult] = {}
    reasons: list[str] = []
    for axis in AXES:
        values = paired_values(axis, probes, arms.before_verdicts, arms.after_verdicts)
        if len(values.before) == 0:
            reasons.append(_absence(axis, values.unpaired))
            continue
        result, caution = _axis_result(
            axis, values, probes, arms, gate, (corrections or {}).get(axis.name)
        )
        results[axis.name] = result
        reasons.append(axis_sentence(axis, result, gate.confidence))
        reasons.extend(caution)
    if not results:
        fix = "ask probes of at least one kind, and score the responses"
        raise InputError(Problem("comparison", "no axis has a scored probe", fix))
    verdicts = (arms.before_verdicts, arms.after_verdicts)
    present = [axis for axis in AXES if axis.name in results]
    categories = {axis.name: category_results(axis, probes, *verdicts, gate) for axis in present}
    reasons.extend(category_sentences(categories))
    statuses = [result.status for result in results.values()]
    statuses += [row.status for rows in categories.values() for row in rows.values() if row.status]
    twins = twin_result(probes, *verdicts, gate.confidence)
    return Compared(
        axes=results,
        categories=categories,
        flips={axis.name: count_flips(probes_of(axis, probes), *verdicts) for axis in present},
        twins=twins,
        resolution={
            axis: resolution(result.before.n, gate.confidence) for axis, result in results.items()
        },
        verdict=worst(statuses),
        reasons=reasons + ([twin_sentence(twins)] if twins else []),
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


def _axis_result(
    axis: Axis,
    values: PairedValues,
    probes: list[Probe],
    arms: Arms,
    gate: Gate,
    corrected: Correction | None,
) -> tuple[AxisResult, list[str]]:
    of_axis = probes_of(axis, probes)
    before, after = (
        _side(mean_estimate(points, gate.confidence), unscored, of_axis, verdicts)
        for points, unscored, verdicts in (
            (values.before, values.unscored_before, arms.before_verdicts),
            (values.after, values.unscored_after, arms.after_verdicts),
        )
    )
    difference = paired_difference(values.before, values.after, gate.confidence)
    margin = gate.margin(axis)
    status, exceeds = _decided(axis, difference, corrected, gate)
    as_judged = axis_status(axis, difference, margin)[0]
    cautions = [correction_sentence(axis, as_judged, corrected, gate)] if corrected else []
    if status == "pass" and after.degenerate - before.degenerate > margin:
        rise = f"{before.degenerate:.1%} to {after.degenerate:.1%}"
        cautions.append(f"Degenerate responses rose from {rise}: {axis.name} is inconclusive.")
        status = "inconclusive"
    unscored = values.unscored_before + values.unscored_after
    if unscored and as_judged != _worst_case_status(axis, values, gate):
        what = f"{unscored} unscored responses could change the status of {axis.name}"
        cautions.append(f"{what}: it is inconclusive.")
        status = "inconclusive"
    other_readings = sensitivity(values.after - values.before, values.categories, gate.confidence)
    result = AxisResult(
        before, after, difference, margin, status, exceeds, other_readings, corrected
    )
    return result, cautions


def _decided(
    axis: Axis, judged: Difference, corrected: Correction | None, gate: Gate
) -> tuple[Status, bool]:
    """Return the status by the judge or by people, as the gate says, and whether it is exceeded.

    Where the judge decides and people's correction has another status, the axis is inconclusive.
    """
    margin = gate.margin(axis)
    if corrected is None:
        return axis_status(axis, judged, margin)
    if gate.decide_by == "corrected":
        return axis_status(axis, corrected.prediction_powered.difference, margin)
    status, exceeds = axis_status(axis, judged, margin)
    if status != corrected.prediction_powered.status:
        return "inconclusive", False
    return status, exceeds


def _worst_case_status(axis: Axis, values: PairedValues, gate: Gate) -> Status:
    """Return the status if every unscored response had changed for the worse."""
    difference = paired_difference(values.worst_before, values.worst_after, gate.confidence)
    return axis_status(axis, difference, gate.margin(axis))[0]


def _side(
    estimate: Estimate, unscored: int, probes: list[Probe], verdicts: VerdictsByProbe
) -> Side:
    return Side(
        **asdict(estimate),
        unscored=unscored,
        degenerate=share_labelled("degenerate", probes, verdicts),
        partial_refusal=share_labelled("partial_refusal", probes, verdicts),
    )


def _absence(axis: Axis, unscored: int) -> str:
    if unscored:
        return f"{axis.name} is absent: none of its {unscored} probes is scored in both arms."
    return f"{axis.name} is absent: no probe was asked that it could be measured on."


def _refuse_other_conditions(identities: Mapping[str, AnyIdentity], arms: Arms) -> None:
    before, after = identities[arms.before], identities[arms.after]
    if isinstance(before, Unknown) or isinstance(after, Unknown):
        return
    others = differing(before, after)
    if others:
        what = f"{arms.before} and {arms.after} differ in {', '.join(others)}"
        fix = "ask both arms in the same way; only weights and adapter may differ"
        raise InputError(Problem("comparison", what, fix))
