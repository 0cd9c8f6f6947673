"""How much changes when nothing changed but the batches that the probes were answered in?"""

from audit.axis import AXES, AxisName
from audit.records import Probe
from reports.axes import VerdictsByProbe, paired_values
from reports.numbers.paired import mean_estimate
from reports.results.findings import NoiseFloor


def noise_floor(
    probes: list[Probe], before: VerdictsByProbe, again: VerdictsByProbe, confidence: float
) -> dict[AxisName, NoiseFloor]:
    """Compare `before` with itself, asked again in other batches, on every axis."""
    floors: dict[AxisName, NoiseFloor] = {}
    for axis in AXES:
        values = paired_values(axis, probes, before, again)
        if len(values.before):
            changed = mean_estimate((values.before != values.after).astype(float), confidence)
            floors[axis.name] = NoiseFloor(
                n=changed.n,
                changed=changed.rate,
                difference=float((values.after - values.before).mean()),
                changed_low=changed.low,
                changed_high=changed.high,
            )
    return floors
