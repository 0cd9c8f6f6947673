"""How does every picture look? Static Vega-Lite, drawn without network and without script.

Colours are told apart by the colour-blind, and each also has a shape or a place of its own.
"""

from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import altair as alt
import vl_convert

from audit.files.borders import visible

BEFORE, AFTER, QUIET = "#0f766e", "#c2410c", "#64748b"
SHAPES = {"before": "circle", "between": "diamond", "after": "triangle-up"}
COLOURS = {"before": BEFORE, "between": QUIET, "after": AFTER}
PNG_SCALE = 2.0
NAME_LETTERS = 24
"""How long a line of a category's name may be; longer names have several."""
WRAPPED = "split(datum.label, '\\n')"
"""Draws a name that holds line breaks on several lines."""


@dataclass(frozen=True)
class Screen:
    """How wide pictures are drawn, in pixels of their plot, and how many panels stand in a row."""

    plane: int
    row: int
    panel: int
    columns: int
    beside: bool
    """Whether a picture's parts stand beside each other, and not below."""


DESK = Screen(plane=400, row=290, panel=190, columns=3, beside=True)
PHONE = Screen(plane=250, row=190, panel=165, columns=1, beside=False)
"""At which every text is drawn as large as it is read."""

Picture = dict[str, Any]
"""A Vega-Lite specification that needs nothing else."""


def chart(rows: list[dict[str, Any]], title: str = "") -> alt.Chart:
    """Return a chart of these rows, to be given a mark; control characters in them are shown."""
    values = [
        {
            key: _shown(value) if isinstance(value, str) else value
            for key, value in row.items()
            if value is None or isinstance(value, str | int | float)
        }
        for row in rows
    ]
    made: alt.Chart = alt.Chart(data=alt.InlineData(values=values), title=title)
    return made


def _shown(text: str) -> str:
    return "\n".join(visible(line) for line in text.split("\n"))


def share(
    title: str,
    ticks: list[float] | None = None,
    ends: tuple[float, float] = (0.0, 1.0),
    count: int = 5,
) -> dict[str, Any]:
    """Return how an axis of shares looks, between two ends, with ticks at given places if so.

    Without places there are about as many as `count` says.
    """
    axis = alt.Axis(format="%", values=ticks) if ticks else alt.Axis(format="%", tickCount=count)
    return {"title": title, "axis": axis, "scale": alt.Scale(domain=list(ends), clamp=True)}


def ends_colour() -> alt.Color:
    """Return the colours of before, after and what lies between."""
    scale = alt.Scale(domain=list(COLOURS), range=list(COLOURS.values()))
    return alt.Color("end:N", scale=scale, legend=None)


def ends_shape() -> alt.Shape:
    """Return the shapes of before, after and what lies between."""
    scale = alt.Scale(domain=list(SHAPES), range=list(SHAPES.values()))
    return alt.Shape("end:N", scale=scale, legend=None)


def named(text: str) -> str:
    """Return a name with line breaks, so that all of it fits beside a plot."""
    return "\n".join(wrap(visible(text), NAME_LETTERS)) or "(no name)"


def finished(made: alt.TopLevelMixin, title: str) -> Picture:
    """Return the picture in the style of the page; `title` is read to who cannot see it."""
    settings = {
        "background": None,
        "padding": {"left": 18, "right": 10, "top": 6, "bottom": 6},
        "font": "system-ui, sans-serif",
        "view": {"stroke": None},
        "axis": {"gridOpacity": 0.25, "labelFontSize": 12, "titleFontSize": 12},
        "axisX": {"labelOverlap": "greedy", "labelSeparation": 8, "labelFlush": False},
        "legend": {"labelFontSize": 12, "titleFontSize": 12, "labelLimit": 0},
        "header": {"labelFontSize": 12, "titleFontSize": 12},
        "text": {"fontSize": 12},
        "title": {"fontSize": 13, "anchor": "start"},
    }
    # What is drawn here is valid; to check it against the schema takes longer than to draw it.
    return {**made.to_dict(validate=False), "description": title, "config": settings}


def as_svg(picture: Picture) -> str:
    """Draw the picture as SVG; the same picture gives the same bytes."""
    return str(vl_convert.vegalite_to_svg(picture))


def as_png(picture: Picture) -> bytes:
    """Draw the picture as PNG on white, at twice the size."""
    settings = {**picture["config"], "background": "white"}
    return bytes(vl_convert.vegalite_to_png({**picture, "config": settings}, scale=PNG_SCALE))
