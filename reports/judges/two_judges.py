"""Where do two judges of one run differ, and would they decide differently?"""

from typing import Any

from audit.axis import AXES, Axis
from audit.records import REFUSALS, Probe
from audit.run.directory import RunDirectory
from audit.settings.gate import Gate
from reports.axes import VerdictsByProbe, axis_status, paired_values
from reports.judges.evaluation import Pairing, agreement
from reports.numbers.paired import paired_difference
from reports.verdicts import read_verdicts, require_ends

SHOWN = 50


def compare_judges(
    run: RunDirectory, probes: list[Probe], arms: list[str], judges: tuple[str, str], gate: Gate
) -> dict[str, Any]:
    """Return how far the second judge agrees with the first on each arm, and both on each axis.

    The first judge stands where people stand in the measures; any refusal is positive.

    Raises:
        InputError: one of them has not scored the run, or it has not both arms.
    """
    require_ends(run, arms)
    verdicts = {arm: [read_verdicts(run, arm, judge) for judge in judges] for arm in arms}
    differing = [
        row for arm, (first, second) in verdicts.items() for row in _differing(arm, first, second)
    ]
    return {
        "judges": list(judges),
        "arms": {arm: _agreement(*pair) for arm, pair in verdicts.items()},
        "axes": {
            axis.name: {
                judge: _axis(
                    axis, probes, verdicts["before"][place], verdicts["after"][place], gate
                )
                for place, judge in enumerate(judges)
            }
            for axis in AXES
        },
        "differing": differing[:SHOWN],
        "differing_count": len(differing),
    }


def _agreement(first: VerdictsByProbe, second: VerdictsByProbe) -> dict[str, Any]:
    pairs = _pairs(first, second)
    scored = [(one, other) for _, one, other in pairs if "unscored" not in (one, other)]
    pairings: list[Pairing] = [(one in REFUSALS, other in REFUSALS) for one, other in scored]
    same = sum(one == other for one, other in scored)
    measured = agreement(pairings)
    return {
        "n": measured["n"],
        "accuracy": measured["accuracy"],
        "kappa": measured["kappa"],
        "same_label": same / len(scored) if scored else None,
        "unscored": len(pairs) - len(scored),
    }


def _pairs(first: VerdictsByProbe, second: VerdictsByProbe) -> list[tuple[Any, str, str]]:
    """Return each response's key with both judges' labels."""
    labels = {
        (verdict.probe_id, verdict.sample): verdict.label
        for found in first.values()
        for verdict in found
    }
    return [
        (
            (verdict.probe_id, verdict.sample),
            labels[verdict.probe_id, verdict.sample],
            verdict.label,
        )
        for found in second.values()
        for verdict in found
        if (verdict.probe_id, verdict.sample) in labels
    ]


def _differing(arm: str, first: VerdictsByProbe, second: VerdictsByProbe) -> list[dict[str, Any]]:
    return [
        {"arm": arm, "probe_id": key[0], "sample": key[1], "first": one, "second": other}
        for key, one, other in _pairs(first, second)
        if "unscored" not in (one, other) and (one in REFUSALS) != (other in REFUSALS)
    ]


def _axis(
    axis: Axis, probes: list[Probe], before: VerdictsByProbe, after: VerdictsByProbe, gate: Gate
) -> dict[str, Any] | None:
    values = paired_values(axis, probes, before, after)
    if not len(values.before):
        return None
    difference = paired_difference(values.before, values.after, gate.confidence)
    return {
        "n": len(values.before),
        "before": float(values.before.mean()),
        "after": float(values.after.mean()),
        "difference": [difference.estimate, difference.low, difference.high],
        "status": axis_status(axis, difference, gate.margin(axis))[0],
    }
