"""What do all checks against one baseline say together?"""

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from audit.axis import AXES, Axis, AxisName, axis_named
from audit.run.history import Check, CheckedAxis, History
from audit.settings.gate import Gate
from reports.numbers.trend import Changes, Trend, judge_trend
from reports.page.charts import as_svg
from reports.page.charts_time import nights_chart
from reports.words.templates import picture, render


@dataclass(frozen=True)
class Nights:
    """The checks against one baseline, oldest first, and the trend on each axis."""

    baseline: str
    checks: list[Check]
    trends: dict[AxisName, Trend]


def read_nights(history: History, gate: Gate, baseline: str | None) -> list[Nights]:
    """Group the history by baseline and judge each axis, all axes sharing the false alarms."""
    blessed = history.baseline(baseline) if baseline else None
    groups: dict[str, list[Check]] = {}
    for check in history.checks():
        if baseline is None or (blessed and check.baseline_sha256 == blessed.sha256):
            groups.setdefault(check.baseline_sha256, []).append(check)
    return [_nights(checks, gate) for checks in groups.values()]


def nights_page(found: list[Nights], gate: Gate) -> str:
    """Return the nights as one HTML page, without script and without network."""
    groups = [{**vars(one), "pictures": _pictures(one, gate)} for one in found]
    return render("nights.html", groups=groups, axes=AXES)


def _pictures(found: Nights, gate: Gate) -> dict[AxisName, Markup]:
    pictures = {}
    for name in found.trends:
        axis = axis_named(name)
        rows = [
            _point(night, axis, check.axes[name])
            for night, check in enumerate(found.checks, start=1)
            if name in check.axes
        ]
        pictures[name] = picture(as_svg(nights_chart(rows, gate.margin(axis))))
    return pictures


def _point(night: int, axis: Axis, found: CheckedAxis) -> dict[str, float | str]:
    low, high = axis.worsening_between(found.difference.low, found.difference.high)
    return {
        "night": night,
        "worsening": axis.worsening(found.difference.estimate),
        "low": low,
        "high": high,
        "verdict": found.status,
    }


def _nights(checks: list[Check], gate: Gate) -> Nights:
    measured = [axis for axis in AXES if any(axis.name in check.changes for check in checks)]
    trends = {
        axis.name: judge_trend(
            [_spread(check.changes[axis.name]) for check in checks if axis.name in check.changes],
            gate.margin(axis),
            len(measured),
        )
        for axis in measured
    }
    return Nights(checks[-1].baseline, checks, trends)


def _spread(counts: list[tuple[float, int]]) -> Changes:
    """Return one value for each probe from the counts of equal values."""
    return np.repeat([value for value, _ in counts], [count for _, count in counts]).astype(float)
