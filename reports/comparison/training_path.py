"""Is the gate surely lost at a step of a training that runs?"""

from audit.axis import AXES, Axis
from audit.records import Probe
from audit.run.training_path import BEGINNING, PathAxis, PathPoint
from audit.settings.gate import Gate
from reports.axes import VerdictsByProbe, axis_status, paired_values, probes_of
from reports.comparison.axis_decision import change_of


def path_point(
    step: int,
    number: int,
    probes: list[Probe],
    ends: tuple[VerdictsByProbe, VerdictsByProbe],
    gate: Gate,
) -> PathPoint:
    """Hold the sample's verdicts at a step against those at the beginning.

    At each step another model is asked, so that every asking is a comparison of its own. The one
    with the number k after the beginning may miss the truth with (1 - c) / (k (k + 1)), all of them
    together with 1 - c at most, however many follow (a union bound). The interval is the betting
    one, which holds for any number of probes.
    """
    missed = (1 - gate.confidence) / (number * (number + 1)) if number else 1 - gate.confidence
    stricter = gate.model_copy(update={"confidence": 1 - missed})
    axes = {
        axis.name: found
        for axis in AXES
        if axis.is_judged and (found := _axis(axis, step, probes, ends, stricter))
    }
    return PathPoint(step=step, confidence=stricter.confidence, axes=axes)


def _axis(
    axis: Axis,
    step: int,
    probes: list[Probe],
    ends: tuple[VerdictsByProbe, VerdictsByProbe],
    gate: Gate,
) -> PathAxis | None:
    """Return how an axis stands; null without a probe that is scored at both steps."""
    values = paired_values(axis, probes_of(axis, probes), *ends)
    if not len(values.before):
        return None
    change = change_of(values, gate, anytime=True)
    is_beginning = step == BEGINNING
    return PathAxis(
        n=len(values.before),
        before=float(values.before.mean()),
        now=float(values.after.mean()),
        low=0.0 if is_beginning else change.low,
        high=0.0 if is_beginning else change.high,
        lost=not is_beginning and axis_status(axis, change, gate.margin(axis))[1],
    )
