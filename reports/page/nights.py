"""What do all checks against one baseline say together?"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from audit.records import AXES, Axis
from audit.run.history import Check, History
from audit.settings.gate import Gate
from reports.axes import WORSE_IS
from reports.numbers.trend import Changes, Trend, judge_trend
from reports.page.charts import as_svg
from reports.page.charts_time import nights_chart
from reports.words.axes import NAMES
from reports.words.templates import picture, render


@dataclass(frozen=True)
class Nights:
    """The checks against one baseline, oldest first, and the trend on each axis."""

    baseline: str
    checks: list[Check]
    trends: dict[Axis, Trend]


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
    return render("nights.html", groups=groups, names=NAMES)


def _pictures(found: Nights, gate: Gate) -> dict[Axis, Markup]:
    pictures = {}
    for axis in found.trends:
        rows = [
            _point(night, WORSE_IS[axis], check.axes[axis])
            for night, check in enumerate(found.checks, start=1)
            if axis in check.axes
        ]
        pictures[axis] = picture(as_svg(nights_chart(rows, gate.margin(axis))))
    return pictures


def _point(night: int, worse: int, row: dict[str, Any]) -> dict[str, Any]:
    difference = row["difference"]
    ends = sorted(worse * difference[end] for end in ("low", "high"))
    return {
        "night": night,
        "worsening": worse * difference["estimate"],
        "low": ends[0],
        "high": ends[1],
        "verdict": row["status"],
    }


def _nights(checks: list[Check], gate: Gate) -> Nights:
    measured = [axis for axis in AXES if any(axis in check.changes for check in checks)]
    trends = {
        axis: judge_trend(
            [_spread(check.changes[axis]) for check in checks if axis in check.changes],
            gate.margin(axis),
            len(measured),
        )
        for axis in measured
    }
    return Nights(checks[-1].baseline, checks, trends)


def _spread(counts: list[tuple[float, int]]) -> Changes:
    """Return one value for each probe from the counts of equal values."""
    return np.repeat([value for value, _ in counts], [count for _, count in counts]).astype(float)
