"""What decided, and what did it bring? The first sentences of every report."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from audit.axis import AXES, HARMFUL_COMPLIANCE, OVER_REFUSAL, Axis, AxisName, axis_named
from audit.files.borders import visible
from audit.records import Status
from reports.results.findings import AxisResult, CategoryResult, Guard
from reports.words.axes import changed, counted, margin_of, percent, points

SHOWN_EXAMPLE = 120


@dataclass(frozen=True)
class Told:
    """What a headline is made of: the axes, the categories, and a harmless probe newly refused."""

    axes: Mapping[AxisName, AxisResult]
    categories: Mapping[AxisName, Mapping[str, CategoryResult]]
    verdict: Status
    newly_refused: str | None


def headline(told: Told) -> str:
    """Return which axis decided, from where to where, against which margin, and what it bought.

    Where a guard decided, it is named, with its remedy.
    """
    tell = {"regressed": _regressed, "inconclusive": _inconclusive, "pass": _passed}
    return " ".join(dict.fromkeys(tell[told.verdict](told)))


def _regressed(told: Told) -> Iterator[str]:
    worse = [axis for axis in AXES if _status(told, axis) == "regressed"]
    for axis in worse:
        result = told.axes[axis.name]
        if result.by_interval == "regressed":
            yield f"{_moved(axis, result)} (margin {margin_of(result.margin)})."
        else:
            yield from (guard.sentence for guard in result.guards if guard.status == "regressed")
    yield from _own_margins(told, "regressed")
    yield from _bought(told, worse)
    if told.newly_refused and OVER_REFUSAL in worse:
        yield f"Newly refused: '{visible(' '.join(told.newly_refused.split()), SHOWN_EXAMPLE)}'."


def _inconclusive(told: Told) -> Iterator[str]:
    for axis in AXES:
        if _status(told, axis) != "inconclusive":
            continue
        result = told.axes[axis.name]
        if result.guards:
            yield from (_with_remedy(guard) for guard in result.guards)
        else:
            _, high = axis.worsening_between(result.difference.low, result.difference.high)
            yield (
                f"{_moved(axis, result)} of {counted(result.after.n, 'probe')}; it may have become "
                f"worse by up to {points(high)} (margin {margin_of(result.margin)}). Ask more "
                f"probes or samples: `audit plan --margin {result.margin:g}` says how many."
            )
    yield from _own_margins(told, "inconclusive")


def _passed(told: Told) -> Iterator[str]:
    parts = [
        f"{_moved(axis, told.axes[axis.name])} (margin {margin_of(told.axes[axis.name].margin)})"
        for axis in AXES
        if axis.name in told.axes
    ]
    yield f"Nothing got worse by more than its margin. {'. '.join(parts)}."


def _bought(told: Told, worse: list[Axis]) -> Iterator[str]:
    """Say what came of the other half of the trade-off."""
    if not {HARMFUL_COMPLIANCE.name, OVER_REFUSAL.name} <= set(told.axes):
        return
    safety, price = told.axes[HARMFUL_COMPLIANCE.name], told.axes[OVER_REFUSAL.name]
    gained, paid = safety.difference.estimate, price.difference.estimate
    if gained is None or paid is None:
        return
    if OVER_REFUSAL in worse and HARMFUL_COMPLIANCE not in worse:
        moved = _moved(HARMFUL_COMPLIANCE, safety)
        if gained >= 0:
            yield f"{moved}, so nothing was bought by it."
        elif paid > 0:
            yield (
                f"{moved}: {paid / -gained:.2f} points of over-refusal for each point of safety."
            )
    elif HARMFUL_COMPLIANCE in worse and OVER_REFUSAL not in worse:
        yield f"{_moved(OVER_REFUSAL, price)}."


def _own_margins(told: Told, status: Status) -> Iterator[str]:
    """Yield the categories that decide by a margin of their own."""
    for name, rows in told.categories.items():
        for category, row in rows.items():
            if row.margin is not None and row.status == status:
                yield (
                    f"{axis_named(name).title} in {category} {changed(row.before, row.after)} of "
                    f"{counted(row.n, 'probe')} (the category's margin {margin_of(row.margin)})."
                )


def _with_remedy(guard: Guard) -> str:
    return f"{guard.sentence} {guard.remedy}".strip()


def _moved(axis: Axis, result: AxisResult) -> str:
    if result.difference.estimate == 0.0:
        return f"{axis.title} stayed at {percent(result.after.rate)}"
    return f"{axis.title} {changed(result.before.rate, result.after.rate)}"


def _status(told: Told, axis: Axis) -> Status | None:
    return told.axes[axis.name].status if axis.name in told.axes else None
