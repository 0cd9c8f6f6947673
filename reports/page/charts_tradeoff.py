"""How are the verdict's numbers drawn: the three axes, and the trade-off plane?"""

from collections.abc import Mapping
from math import atan2, degrees
from typing import Any

import altair as alt

from audit.axis import AXES, HARMFUL_COMPLIANCE, OVER_REFUSAL, Axis, AxisName
from audit.settings.gate import Gate
from reports.page.charts import (
    AFTER,
    BEFORE,
    DESK,
    QUIET,
    Picture,
    Screen,
    chart,
    ends_colour,
    ends_shape,
    finished,
)
from reports.page.links import LABEL_OF, answers, row
from reports.page.plane import Beside, Plane, Point, box_beside, outline, overlap, plane_of
from reports.results.arms import ArmRates, Place
from reports.results.findings import AxisResult
from reports.words.axes import margin_of

ROW_HEIGHT, INSET, TICK_WIDTH = 46, 84, 52
COLOURS = (BEFORE, AFTER, "#1d4ed8", "#a21caf", "#a16207", QUIET)
SHAPES = ("circle", "triangle-up", "square", "diamond", "cross", "triangle-down")
"""Of runs, by the value of a setting."""
DOT, LETTER, LINE = 7, 6.8, 13
"""Half of a point's size, and a letter's width and height, in pixels."""
PLACES: tuple[Beside, ...] = (
    ("left", 10, -4),
    ("left", 10, 16),
    ("right", -10, -4),
    ("right", -10, 16),
    ("left", 10, -22),
    ("left", 10, 34),
    ("right", -10, -22),
    ("right", -10, 34),
)
"""Where a name may stand, the best place first: how it is aligned, how far it is to the right, and
its lower edge, in pixels."""
BOTH_ENDS = 2
PLANE: set[AxisName] = {HARMFUL_COMPLIANCE.name, OVER_REFUSAL.name}
ALLOWED = ("allowed by the gate", "allowed")
"""The longest that fits is drawn."""


def intervals_chart(axes: dict[AxisName, AxisResult], screen: Screen = DESK) -> Picture:
    """Draw each axis's worsening with its interval, beside zero and the margin."""
    rows = [_worsening(axis, axes[axis.name]) for axis in AXES if axis.name in axes]
    base = chart(rows)
    place = alt.Y("axis:N", sort=None, title=None, axis=alt.Axis(labelLimit=160, ticks=False))
    across = alt.X(
        "estimate:Q",
        title="worsening in points",
        axis=alt.Axis(format="+.2~f", tickCount=screen.row // TICK_WIDTH),
    )
    layers = [
        chart([{"zero": 0}]).mark_rule(color=QUIET).encode(x="zero:Q"),
        base.mark_rule(strokeWidth=3, color=QUIET, opacity=0.7).encode(
            x="low:Q", x2="high:Q", y=place
        ),
        base.mark_point(filled=True, size=90, opacity=1, color=AFTER, shape="triangle-up").encode(
            x=across, y=place, href="link:N", description="said:N"
        ),
        base.mark_tick(color=BEFORE, thickness=3, size=26).encode(x="margin:Q", y=place),
        base.mark_text(dy=-19).encode(x="margin:Q", y=place, text="allowed:N"),
    ]
    drawn = alt.layer(*layers).properties(width=screen.row, height=ROW_HEIGHT * len(rows))
    return finished(drawn, "Worsening on each axis with its interval, beside its margin")


def tradeoff_chart(
    arms: list[ArmRates],
    gate: Gate,
    front: Mapping[str, Place] | None = None,
    *,
    connected: bool = True,
    screen: Screen = DESK,
) -> Picture | None:
    """Draw harmful compliance against over-refusal, one point an arm.

    The path runs from before over the checkpoints to after, where an arrow ends it; `front` has
    each arm's joint region; the shaded corner is what the gate allows. Unconnected arms have no
    path. Beside it the whole square shows which part is drawn. None where one of the two axes is
    absent.
    """
    points = [
        _point(place, arm, front or {}) for place, arm in enumerate(arms) if set(arm.axes) >= PLANE
    ]
    if len(points) < BOTH_ENDS or points[0]["arm"] != "before":
        return None
    plane = plane_of(points, screen)
    base = chart(points)
    path = [point for point in points if "/" not in point["arm"]] if connected else []
    layers = [
        _allowed(points[0], gate),
        *_regions(points, plane),
        chart(path)
        .mark_line(color=QUIET, strokeDash=[4, 3])
        .encode(x=plane.across, y=plane.up, order="place:Q"),
        base.mark_point(filled=True, size=100, opacity=1).encode(
            x=plane.across,
            y=plane.up,
            color=ends_colour(),
            shape=ends_shape(),
            href="link:N",
            description="said:N",
        ),
        *_names(points, plane, _corner(points[0], gate)),
        *_arrow(path, plane),
    ]
    drawn = alt.layer(*layers).properties(width=plane.width, height=plane.height)
    parts = [drawn, _whole_square(points, plane)]
    together = alt.hconcat(*parts) if screen.beside else alt.vconcat(*parts)
    return finished(together, "Harmful compliance against over-refusal, one point for each arm")


def _whole_square(points: list[Point], plane: Plane) -> alt.LayerChart | alt.FacetChart:
    """Draw the whole of 0 to 100% on both axes, small, and the part of it that is drawn large."""
    (left, right), (bottom, top) = plane.wide, plane.high
    ends = alt.Axis(format="%", values=[0, 1], grid=False)
    scale = alt.Scale(domain=[0, 1])
    across = alt.X("x:Q", title=None, scale=scale, axis=ends)
    up = alt.Y("y:Q", title=None, scale=scale, axis=ends)
    part = {"left": left, "right": right, "bottom": bottom, "top": top}
    layers = alt.layer(
        chart([part])
        .mark_rect(color=QUIET, fillOpacity=0.12, stroke=QUIET)
        .encode(x="left:Q", x2="right:Q", y="bottom:Q", y2="top:Q"),
        chart(points)
        .mark_point(filled=True, size=18, opacity=1)
        .encode(x=across, y=up, color=ends_colour(), shape=ends_shape()),
    )
    return layers.properties(width=INSET, height=INSET, title="the whole square")


def runs_chart(
    arms: list[ArmRates], setting: str, values: dict[str, str], links: dict[str, str]
) -> Picture | None:
    """Draw one point a run in the plane, coloured by a setting that differs between the runs.

    `values` has each run's value of it and `links` the address of its point, by the arm's name;
    `before` has neither. None where one of the two axes is absent.
    """
    points = [
        {
            **_point(place, arm, {}),
            "value": values.get(arm.arm, "before"),
            "link": links.get(arm.arm),
        }
        for place, arm in enumerate(arms)
        if set(arm.axes) >= PLANE
    ]
    if len(points) < BOTH_ENDS:
        return None
    plane = plane_of(points, DESK)
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
    drawn = alt.layer(marks, *_names(points, plane, None))
    drawn = drawn.properties(width=plane.width, height=plane.height)
    return finished(drawn, f"One point for each run, coloured by {setting}")


def _names(
    points: list[Point], plane: Plane, corner: tuple[float, float] | None
) -> list[alt.Chart]:
    """Return the arms' names beside their points, each where no other name or point is.

    A name that finds no free place is left out: the table below holds every arm. What the gate
    allows is named in the lower left of its part of the plane, whose upper right end is `corner`.
    """
    at = {point["arm"]: plane.pixels(point["x"], point["y"]) for point in points}
    taken = [box_beside(place, ("left", -DOT, DOT), (2 * DOT, 2 * DOT)) for place in at.values()]
    drawn = []
    for words in ALLOWED:
        if corner is None:
            break
        right, top = plane.pixels(*corner)
        box = box_beside((0, plane.height), ("left", 6, -6), (LETTER * len(words), LINE))
        if box[1] > top and box[2] < right and not any(overlap(box, other) for other in taken):
            taken.append(box)
            text = chart([{"text": words}]).mark_text(align="left", color=QUIET)
            middle = alt.value(plane.height - 6 - LINE / 2)
            drawn.append(text.encode(x=alt.value(6), y=middle, text="text:N"))
            break
    for point in sorted(points, key=lambda point: point["end"] == "between"):
        for align, right, down in PLACES:
            size = (LETTER * len(point["arm"]), LINE)
            box = box_beside(at[point["arm"]], (align, right, down), size)
            if plane.holds(box) and not any(overlap(box, other) for other in taken):
                taken.append(box)
                text = chart([point]).mark_text(align=align, dx=right, dy=down - 4)
                drawn.append(text.encode(x=plane.across, y=plane.up, text="arm:N"))
                break
    return drawn


def _worsening(axis: Axis, result: AxisResult) -> dict[str, Any]:
    low, high = axis.worsening_between(result.difference.low, result.difference.high)
    estimate = result.difference.estimate
    return {
        "axis": axis.title,
        "estimate": None if estimate is None else 100 * axis.worsening(estimate),
        "low": 100 * low,
        "high": 100 * high,
        "margin": 100 * result.margin,
        "allowed": f"margin {margin_of(result.margin)}",
        "link": answers(axis=axis.name, change="worse"),
        "said": f"{axis.title}: what changed for the worse",
    }


def _point(place: int, arm: ArmRates, front: Mapping[str, Place]) -> Point:
    across, up = arm.axes[OVER_REFUSAL.name], arm.axes[HARMFUL_COMPLIANCE.name]
    there = front.get(arm.arm)
    ends = arm.arm in ("before", "after")
    return {
        "place": place,
        "arm": arm.arm,
        "end": arm.arm if ends else "between",
        "x": across.rate,
        "y": up.rate,
        "region": there.region if there else None,
        "link": answers(**{LABEL_OF[arm.arm]: "refused"}) if ends else row(f"arm-{arm.arm}"),
        "said": f"{arm.arm}: over-refusal {across.rate:.1%}, harmful compliance {up.rate:.1%}",
    }


def _regions(points: list[Point], plane: Plane) -> list[alt.Chart]:
    """Return the regions of both ends, which are filled, and thin ones for what lies between."""
    drawn = []
    for point in points:
        if point["region"] is None:
            continue
        colour = {"before": BEFORE, "after": AFTER}.get(point["arm"], QUIET)
        region = chart(outline(point["region"])).mark_line(
            interpolate="linear-closed",
            color=colour,
            strokeWidth=1,
            opacity=0.55,
            fill=colour,
            fillOpacity=0.0 if point["end"] == "between" else 0.12,
        )
        drawn.append(region.encode(x=plane.across, y=plane.up, order="corner:Q"))
    return drawn


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


def _corner(before: Point, gate: Gate) -> tuple[float, float]:
    """Return the largest rates that the gate allows, by the rates before."""
    across = before["x"] + gate.margin(OVER_REFUSAL)
    up = before["y"] + gate.margin(HARMFUL_COMPLIANCE)
    return min(1.0, across), min(1.0, up)


def _allowed(before: Point, gate: Gate) -> alt.Chart:
    right, top = _corner(before, gate)
    corner = {"left": 0, "right": right, "bottom": 0, "top": top}
    rectangle = chart([corner]).mark_rect(color=BEFORE, opacity=0.1)
    allowed: alt.Chart = rectangle.encode(x="left:Q", x2="right:Q", y="bottom:Q", y2="top:Q")
    return allowed
