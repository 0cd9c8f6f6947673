"""How much changes when nothing changed but the batches that the probes were answered in?"""

from typing import Any

from audit.records import AXES, Axis, Probe
from reports.axes import VerdictsByProbe, paired_values


def noise_floor(
    probes: list[Probe], before: VerdictsByProbe, again: VerdictsByProbe
) -> dict[Axis, dict[str, Any]]:
    """Compare `before` with itself, asked again in other batches, on every axis.

    `changed` is the share of probes whose value changed, and so the largest difference that the
    batches alone could make; `difference` is the one that they made.
    """
    found: dict[Axis, dict[str, Any]] = {}
    for axis in AXES:
        values = paired_values(axis, probes, before, again)
        if len(values.before):
            found[axis] = {
                "n": len(values.before),
                "changed": float((values.before != values.after).mean()),
                "difference": float((values.after - values.before).mean()),
            }
    return found
