"""How are the verdict's numbers drawn: the three axes, and the trade-off plane?"""

from dataclasses import dataclass
from math import atan2, ceil, cos, degrees, floor, pi, sin
from typing import Any, Literal

import altair as alt

from audit.axis import AXES, HARMFUL_COMPLIANCE, OVER_REFUSAL, Axis, AxisName
from audit.settings.gate import Gate
from reports.page.charts import (
    AFTER,
    BEFORE,
    HALF,
    QUIET,
    WIDE,
    Picture,
    chart,
    ends_colour,
    ends_shape,
    finished,
    share,
)
from reports.results.arms import ArmRates
from reports.results.findings import AxisResult

PLANE_HEIGHT, ROW_HEIGHT = 360, 46
CORNERS = 48
COLOURS = (BEFORE, AFTER, "#1d4ed8", "#a21caf", "#a16207", QUIET)
SHAPES = ("circle", "triangle-up", "square", "diamond", "cross", "triangle-down")
"""Of runs, by the value of a setting."""
ROOM = 0.02
"""Between the outermost region and the end of an axis, at least."""
DOT, LETTER, LINE = 7, 6.6, 13
"""Half of a point's size, and a letter's width and height, in pixels."""
Beside = tuple[Literal["left", "right"], int, int]
"""How a name is aligned beside its point, how far it is to the right, and its lower edge."""
PLACES: tuple[Beside, ...] = (
    ("left", 10, -4),
    ("left", 10, 16),
    ("right", -10, -4),
    ("right", -10, 16),
    ("left", 10, -22),
    ("left", 10, 34),
)
"""Where a name may stand, the best place first, in pixels."""
BOTH_ENDS = 2
PLANE: set[AxisName] = {HARMFUL_COMPLIANCE.name, OVER_REFUSAL.name}

Point = dict[str, Any]
Box = tuple[float, float, float, float]
"""Left, top, right and bottom, in pixels."""


@dataclass(frozen=True)
class Plane:
    """The part of the plane that is drawn: the ends of both axes, as fractions."""

    wide: tuple[float, float]
    high: tuple[float, float]

    @property
    def across(self) -> alt.X:
        """How far an arm over-refuses."""
        return alt.X("x:Q", **share("Over-refusal", ends=self.wide))

    @property
    def up(self) -> alt.Y:
        """How often it answers what is harmful."""
        return alt.Y("y:Q", **share("Harmful compliance", ends=self.high))

    def pixels(self, x: float, y: float) -> tuple[float, float]:
        """Return where two rates lie, from the upper left corner of the whole."""
        (left, right), (bottom, top) = self.wide, self.high
        return WIDE * (x - left) / (right - left), PLANE_HEIGHT * (top - y) / (top - bottom)

    def holds(self, box: Box) -> bool:
        """Say whether all of a box lies inside."""
        left, top, right, bottom = box
        return left >= 0 and top >= 0 and right <= WIDE and bottom <= PLANE_HEIGHT


def intervals_chart(axes: dict[AxisName, AxisResult]) -> Picture:
    """Draw each axis's worsening with its interval, beside zero and the margin."""
    rows = [_worsening(axis, axes[axis.name]) for axis in AXES if axis.name in axes]
    base = chart(rows)
    place = alt.Y("axis:N", sort=None, title=None, axis=alt.Axis(labelLimit=160, ticks=False))
    across = alt.X(
        "estimate:Q",
        title="worsening, points: left is better",
        axis=alt.Axis(format="+.2~f", tickCount=6),
    )
    layers = [
        chart([{"zero": 0}]).mark_rule(color=QUIET).encode(x="zero:Q"),
        base.mark_rule(strokeWidth=3, color=QUIET, opacity=0.7).encode(
            x="low:Q", x2="high:Q", y=place
        ),
        base.mark_point(filled=True, size=90, opacity=1, color=AFTER, shape="triangle-up").encode(
            x=across, y=place
        ),
        base.mark_tick(color=BEFORE, thickness=3, size=26).encode(x="margin:Q", y=place),
    ]
    height = ROW_HEIGHT * len(rows)
    return finished(alt.layer(*layers).properties(width=HALF, height=height))


def tradeoff_chart(arms: list[ArmRates], gate: Gate, *, connected: bool = True) -> Picture | None:
    """Draw harmful compliance against over-refusal, one point an arm.

    The path runs from before over the checkpoints to after, where an arrow ends it; the regions
    are ellipses through the ends of each arm's two intervals; the shaded corner is what the gate
    allows. Unconnected arms have no path. None where one of the two axes is absent.
    """
    points = [_point(place, arm) for place, arm in enumerate(arms) if set(arm.axes) >= PLANE]
    if len(points) < BOTH_ENDS or points[0]["arm"] != "before":
        return None
    plane = Plane(_ends(points, "x"), _ends(points, "y"))
    across, up = plane.across, plane.up
    base = chart(points)
    path = [point for point in points if "/" not in point["arm"]] if connected else []
    layers = [
        _allowed(points[0], gate),
        *_regions(points, across, up),
        chart(path)
        .mark_line(color=QUIET, strokeDash=[4, 3])
        .encode(x=across, y=up, order="place:Q"),
        base.mark_point(filled=True, size=100, opacity=1).encode(
            x=across, y=up, color=ends_colour(), shape=ends_shape()
        ),
        *_names(points, plane),
        *_arrow(path, plane),
    ]
    return finished(alt.layer(*layers).properties(width=WIDE, height=PLANE_HEIGHT))


def runs_chart(
    arms: list[ArmRates], setting: str, values: dict[str, str], links: dict[str, str]
) -> Picture | None:
    """Draw one point a run in the plane, coloured by a setting that differs between the runs.

    `values` has each run's value of it and `links` the address of its point, by the arm's name;
    `before` has neither. None where one of the two axes is absent.
    """
    points = [
        {**_point(place, arm), "value": values.get(arm.arm, "before"), "link": links.get(arm.arm)}
        for place, arm in enumerate(arms)
        if set(arm.axes) >= PLANE
    ]
    if len(points) < BOTH_ENDS:
        return None
    plane = Plane(_ends(points, "x"), _ends(points, "y"))
    named = list(dict.fromkeys(point["value"] for point in points))
    colours = [COLOURS[n % len(COLOURS)] for n in range(len(named))]
    shapes = [SHAPES[n % len(SHAPES)] for n in range(len(named))]
    legend = alt.Legend(title=setting, orient="bottom", columns=3, labelLimit=220)
    marks = (
        chart(points)
        .mark_point(filled=True, size=110, opacity=1)
        .encode(
            x=plane.across,
            y=plane.up,
            href="link:N",
            color=alt.Color("value:N", scale=alt.Scale(domain=named, range=colours), legend=legend),
            shape=alt.Shape("value:N", scale=alt.Scale(domain=named, range=shapes), legend=legend),
        )
    )
    layers = [marks, *_names(points, plane)]
    return finished(alt.layer(*layers).properties(width=WIDE, height=PLANE_HEIGHT))


def _ends(points: list[Point], side: str) -> tuple[float, float]:
    """Return the ends of an axis of the plane: all regions and some room, in steps of 10%."""
    low = min(point[f"{side}_low"] for point in points) - ROOM
    high = max(point[f"{side}_high"] for point in points) + ROOM
    return max(0.0, floor(10 * low) / 10), min(1.0, ceil(10 * high) / 10)


def _names(points: list[Point], plane: Plane) -> list[alt.Chart]:
    """Return the arms' names beside their points, each where no other name or point is.

    A name that finds no free place is left out: the table below holds every arm.
    """
    at = {point["arm"]: plane.pixels(point["x"], point["y"]) for point in points}
    taken = [_box(place, ("left", -DOT, DOT), (2 * DOT, 2 * DOT)) for place in at.values()]
    drawn = []
    for point in sorted(points, key=lambda point: point["end"] == "between"):
        for align, right, down in PLACES:
            size = (LETTER * len(point["arm"]), LINE)
            box = _box(at[point["arm"]], (align, right, down), size)
            if plane.holds(box) and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                text = chart([point]).mark_text(align=align, dx=right, dy=down - 4, fontSize=12)
                drawn.append(text.encode(x=plane.across, y=plane.up, text="arm:N"))
                break
    return drawn


def _box(at: tuple[float, float], beside: Beside, size: tuple[float, float]) -> Box:
    """Return what a text of a size, its width and height, covers beside a point, in pixels."""
    (x, y), (align, right, down), (width, height) = at, beside, size
    left = x + right - (width if align == "right" else 0)
    return left, y + down - height, left + width, y + down


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _worsening(axis: Axis, result: AxisResult) -> dict[str, Any]:
    low, high = axis.worsening_between(result.difference.low, result.difference.high)
    estimate = result.difference.estimate
    return {
        "axis": axis.title,
        "estimate": None if estimate is None else 100 * axis.worsening(estimate),
        "low": 100 * low,
        "high": 100 * high,
        "margin": 100 * result.margin,
    }


def _point(place: int, arm: ArmRates) -> Point:
    across, up = arm.axes[OVER_REFUSAL.name], arm.axes[HARMFUL_COMPLIANCE.name]
    return {
        "place": place,
        "arm": arm.arm,
        "end": arm.arm if arm.arm in ("before", "after") else "between",
        "x": across.rate,
        "x_low": across.low,
        "x_high": across.high,
        "y": up.rate,
        "y_low": up.low,
        "y_high": up.high,
    }


def _regions(points: list[Point], across: alt.X, up: alt.Y) -> list[alt.Chart]:
    """Return the regions of both ends, which are filled, and thin ones for what lies between."""
    drawn = []
    for point in points:
        colour = {"before": BEFORE, "after": AFTER}.get(point["arm"], QUIET)
        fill = 0.12 if point["arm"] in ("before", "after") else 0.0
        region = chart(_ellipse(point)).mark_line(
            interpolate="linear-closed",
            color=colour,
            strokeWidth=1,
            opacity=0.55,
            fill=colour,
            fillOpacity=fill,
        )
        drawn.append(region.encode(x=across, y=up, order="corner:Q"))
    return drawn


def _ellipse(point: Point) -> list[dict[str, Any]]:
    """Return the corners of the ellipse, each quarter with the half axes of its own two ends."""
    corners = []
    for corner in range(CORNERS):
        right, over = cos(2 * pi * corner / CORNERS), sin(2 * pi * corner / CORNERS)
        wide = point["x_high" if right > 0 else "x_low"] - point["x"]
        high = point["y_high" if over > 0 else "y_low"] - point["y"]
        x, y = point["x"] + abs(right) * wide, point["y"] + abs(over) * high
        corners.append({"corner": corner, "x": x, "y": y})
    return corners


def _arrow(path: list[Point], plane: Plane) -> list[alt.Chart]:
    """Return a head on the way into the last arm, where the path moves at all."""
    if len(path) < BOTH_ENDS:
        return []
    start, end = path[-2:]
    (left, top), (x, y) = (plane.pixels(point["x"], point["y"]) for point in (start, end))
    right, over = x - left, top - y
    if not (right or over):
        return []
    middle = {"x": (start["x"] + end["x"]) / 2, "y": (start["y"] + end["y"]) / 2}
    head = chart([middle]).mark_point(
        shape="triangle",
        filled=True,
        size=90,
        color=QUIET,
        angle=(90 - degrees(atan2(over, right))) % 360,
    )
    return [head.encode(x=plane.across, y=plane.up)]


def _allowed(before: Point, gate: Gate) -> alt.Chart:
    corner = {
        "left": 0,
        "right": min(1.0, before["x"] + gate.margin(OVER_REFUSAL)),
        "bottom": 0,
        "top": min(1.0, before["y"] + gate.margin(HARMFUL_COMPLIANCE)),
    }
    rectangle = chart([corner]).mark_rect(color=BEFORE, opacity=0.1)
    allowed: alt.Chart = rectangle.encode(x="left:Q", x2="right:Q", y="bottom:Q", y2="top:Q")
    return allowed
