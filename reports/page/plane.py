"""Which part of the trade-off plane is drawn, and what lies where in it?"""

from dataclasses import dataclass
from math import ceil, cos, floor, log, pi, sin, sqrt
from typing import Any, Literal

import altair as alt

from reports.page.charts import Screen, share
from reports.results.arms import Region

CORNERS = 48
ROOM = 0.02
"""Between the outermost region and the end of an axis, at least."""
HEIGHT_OF_WIDTH = 0.74
TICK_WIDTH = 46
"""Of a percentage at an axis with room around it, in pixels."""

Point = dict[str, Any]
Beside = tuple[Literal["left", "right"], int, int]
"""How a text is aligned beside its point, how far it is to the right, and its lower edge."""
Box = tuple[float, float, float, float]
"""Left, top, right and bottom, in pixels."""


@dataclass(frozen=True)
class Plane:
    """The part of the plane that is drawn: the ends of both axes, as fractions, and its size."""

    wide: tuple[float, float]
    high: tuple[float, float]
    width: int
    height: int

    @property
    def across(self) -> alt.X:
        """How far an arm over-refuses."""
        return alt.X("x:Q", **share("Over-refusal", ends=self.wide, count=self.width // TICK_WIDTH))

    @property
    def up(self) -> alt.Y:
        """How often it answers what is harmful."""
        return alt.Y(
            "y:Q", **share("Harmful compliance", ends=self.high, count=self.height // TICK_WIDTH)
        )

    def pixels(self, x: float, y: float) -> tuple[float, float]:
        """Return where two rates lie, from the upper left corner of the whole."""
        (left, right), (bottom, top) = self.wide, self.high
        return self.width * (x - left) / (right - left), self.height * (top - y) / (top - bottom)

    def holds(self, box: Box) -> bool:
        """Say whether all of a box lies inside."""
        left, top, right, bottom = box
        return left >= 0 and top >= 0 and right <= self.width and bottom <= self.height


def plane_of(points: list[Point], screen: Screen) -> Plane:
    """Return the plane that holds all points with their regions, in steps of 10%."""
    corners = [(point["x"], point["y"]) for point in points]
    for point in points:
        if point["region"] is not None:
            corners += [(corner["x"], corner["y"]) for corner in outline(point["region"])]
    wide, high = (_ends(values) for values in zip(*corners, strict=True))
    return Plane(wide, high, screen.plane, round(HEIGHT_OF_WIDTH * screen.plane))


def outline(region: Region) -> list[dict[str, float]]:
    """Return the corners of a region, in order, as far as they lie inside the square.

    They lie where the squared Mahalanobis distance is the quantile of chi-squared with two degrees
    of freedom, which is -2 ln(1 - confidence).
    """
    radius = sqrt(-2 * log(1 - region.confidence))
    wide = sqrt(region.across_variance)
    shear = region.covariance / wide if wide else 0.0
    high = sqrt(max(0.0, region.up_variance - shear**2))
    corners = []
    for corner in range(CORNERS):
        right, over = cos(2 * pi * corner / CORNERS), sin(2 * pi * corner / CORNERS)
        x = region.across + radius * wide * right
        y = region.up + radius * (shear * right + high * over)
        corners.append({"corner": corner, "x": min(1.0, max(0.0, x)), "y": min(1.0, max(0.0, y))})
    return corners


def box_beside(at: tuple[float, float], beside: Beside, size: tuple[float, float]) -> Box:
    """Return what a text of a size, its width and height, covers beside a point, in pixels."""
    (x, y), (align, right, down), (width, height) = at, beside, size
    left = x + right - (width if align == "right" else 0)
    return left, y + down - height, left + width, y + down


def overlap(one: Box, other: Box) -> bool:
    """Say whether two boxes share a place."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _ends(values: tuple[float, ...]) -> tuple[float, float]:
    low, high = min(values) - ROOM, max(values) + ROOM
    return max(0.0, floor(10 * low) / 10), min(1.0, ceil(10 * high) / 10)
