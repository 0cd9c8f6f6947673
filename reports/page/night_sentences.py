"""What do the nights show, in sentences that agree with the chart above them?"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from audit.axis import Axis, AxisName, axis_named
from audit.files.borders import visible
from audit.run.history import Check
from reports.comparison.nights import Nights
from reports.words.axes import counted, points, signed

NAMED_NIGHTS = 3


def trend_sentence(axis: Axis, nights: Nights) -> str:
    """Say how many checks were red by themselves, and what all of them show together."""
    trend = nights.trends[axis.name]
    red = [
        check.night
        for check in nights.checks
        if axis.name in check.axes and check.axes[axis.name].status == "regressed"
    ]
    alone = "None is a red square, regressed on its own."
    if red:
        named = ", ".join(dict.fromkeys(red[-NAMED_NIGHTS:]))
        last = "the last on" if len(red) > NAMED_NIGHTS else "on"
        alone = f"{counted(len(red), 'red square')}: regressed on its own, {last} {named}."
    together = (
        "Together they show a worsening beyond the margin: an alarm stands"
        if trend.alarm
        else "Together they show no worsening beyond the margin, so no alarm stands"
    )
    again = (
        " A red square without an alarm is what an unchanged model shows on a night now and then."
        if red and not trend.alarm
        else ""
    )
    evidence = f"evidence {trend.evidence:.3g} over {counted(trend.nights, 'night')}"
    return f"{alone} {together} ({evidence}, alarm at {trend.threshold:.3g}).{again}"


def night_sentence(checks: Sequence[Check], since: Mapping[AxisName, float | None]) -> str:
    """Say how the last check ended, and how it differs from the one before."""
    last = checks[-1]
    parts = []
    for name, there in last.axes.items():
        if there.difference.estimate is None:
            continue
        moved = since.get(name)
        than = "" if moved is None else f" ({signed(moved)} since the check before)"
        parts.append(f"{axis_named(name).title.lower()} {signed(there.difference.estimate)}{than}")
    said = "; ".join(parts) or "no axis was measured"
    return (
        f"Last, on {last.night}: {visible(Path(last.candidate).name)}, {last.verdict}. "
        f"Points against the baseline: {said}."
    )


def alarm_sentence(axis: Axis, nights: Nights) -> str:
    """Say whether an alarm stands on an axis, for its heading."""
    if not nights.trends[axis.name].alarm:
        return "no alarm"
    margins = [check.axes[axis.name].margin for check in nights.checks if axis.name in check.axes]
    return f"alarm, worse than the margin of {points(margins[-1])}"
