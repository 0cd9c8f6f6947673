"""What limits each axis, in a table: one row a caution, one cell an axis?"""

from collections.abc import Callable, Mapping

from audit.axis import AXES, Axis
from reports.results.comparison import Comparison
from reports.results.findings import AxisResult
from reports.words.axes import percent, points, signed

NOTHING = "\N{EN DASH}"


def cautions(comparison: Comparison) -> dict[str, list[str]]:
    """Return what limits each axis that was asked, in the order of the axes, by caution.

    A caution that no axis has is left out.
    """
    there = [(axis, comparison.axes[axis.name]) for axis in AXES if axis.name in comparison.axes]
    rows = {caution: [cell(axis, row) for axis, row in there] for caution, cell in CELLS.items()}
    rows |= {
        caution: [cell(comparison, axis) for axis, _ in there] for caution, cell in SEEN.items()
    }
    return {caution: cells for caution, cells in rows.items() if set(cells) != {NOTHING}}


def _unscored(_: Axis, row: AxisResult) -> str:
    return f"{row.before.unscored} before, {row.after.unscored} after"


def _degenerate(_: Axis, row: AxisResult) -> str:
    return f"{percent(row.before.degenerate)} before, {percent(row.after.degenerate)} after"


def _decided(_: Axis, row: AxisResult) -> str:
    return _between(row.difference.low, row.difference.high)


def _strata(_: Axis, row: AxisResult) -> str:
    return _between(*row.sensitivity.stratified) if row.sensitivity else NOTHING


def _clusters(_: Axis, row: AxisResult) -> str:
    ends = row.sensitivity.clustered if row.sensitivity else None
    return _between(*ends) if ends else NOTHING


def _tipping(axis: Axis, row: AxisResult) -> str:
    tipping = row.tipping_point
    if tipping is None:
        return NOTHING
    return (
        f"the judge sees fewer than {tipping.sensitivity:.0%} of {axis.seen} after "
        f"({tipping.missed} missed)"
    )


def _smallest(comparison: Comparison, axis: Axis) -> str:
    seen = comparison.resolution.get(axis.name)
    return points(seen.smallest_detectable) if seen else NOTHING


def _bound(comparison: Comparison, axis: Axis) -> str:
    seen = comparison.resolution.get(axis.name)
    return points(seen.bound_without_flips) if seen else NOTHING


def _between(low: float, high: float) -> str:
    return f"{signed(low)} to {signed(high)}"


CELLS: Mapping[str, Callable[[Axis, AxisResult], str]] = {
    "responses that nobody could score": _unscored,
    "responses that say nothing": _degenerate,
    "difference in points, as it decides": _decided,
    "the same with the categories as fixed strata": _strata,
    "the same with the categories as a sample of all there could be": _clusters,
    "the pass stands unless": _tipping,
}
SEEN: Mapping[str, Callable[[Comparison, Axis], str]] = {
    "smallest difference that these probes see": _smallest,
    "worsening still possible if nothing had flipped": _bound,
}
