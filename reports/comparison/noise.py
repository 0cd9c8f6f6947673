"""How much changes when nothing changed but the batches that the probes were answered in?"""

from audit.axis import AXES, AxisName
from audit.records import Probe
from reports.axes import VerdictsByProbe, paired_values
from reports.results.findings import NoiseFloor


def noise_floor(
    probes: list[Probe], before: VerdictsByProbe, again: VerdictsByProbe
) -> dict[AxisName, NoiseFloor]:
    """Compare `before` with itself, asked again in other batches, on every axis."""
    found: dict[AxisName, NoiseFloor] = {}
    for axis in AXES:
        values = paired_values(axis, probes, before, again)
        if len(values.before):
            found[axis.name] = NoiseFloor(
                n=len(values.before),
                changed=float((values.before != values.after).mean()),
                difference=float((values.after - values.before).mean()),
            )
    return found
