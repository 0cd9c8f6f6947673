"""How much could the judge miss before a pass is none?"""

import numpy as np

from audit.axis import Axis
from audit.settings.gate import Gate
from reports.axes import PairedValues, axis_status
from reports.numbers.paired import paired_difference
from reports.results.findings import TippingPoint


def tipping_point(
    axis: Axis, values: PairedValues, gate: Gate, *, anytime: bool
) -> TippingPoint | None:
    """Return how many missed responses after training would undo a pass, found by halving.

    A missed one is a probe that the judge calls unchanged and good, and that is bad after. The
    judge's other labels are taken to be right. None where it could miss all of them.
    """
    seen = float(values.after.sum())
    unseen = np.flatnonzero(values.after == 0)
    fewest, most = 1, len(unseen) + 1
    while fewest < most:
        middle = (fewest + most) // 2
        if _passes_with(axis, values, unseen[:middle], gate, anytime=anytime):
            fewest = middle + 1
        else:
            most = middle
    if fewest > len(unseen):
        return None
    return TippingPoint(missed=fewest, sensitivity=seen / (seen + fewest))


def _passes_with(
    axis: Axis, values: PairedValues, missed: np.ndarray, gate: Gate, *, anytime: bool
) -> bool:
    after = values.after.copy()
    after[missed] = 1.0
    difference = paired_difference(values.before, after, gate.confidence, anytime=anytime)
    return axis_status(axis, difference, gate.margin(axis))[0] == "pass"
