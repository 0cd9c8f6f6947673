"""How does every picture look? Static Vega-Lite, drawn without network and without script.

Colours are told apart by the colour-blind, and each also has a shape or a place of its own.
"""

import json
from typing import Any

import altair as alt
import vl_convert

from audit.files.borders import visible

BEFORE, AFTER, QUIET = "#0f766e", "#c2410c", "#64748b"
SHAPES = {"before": "circle", "between": "diamond", "after": "triangle-up"}
COLOURS = {"before": BEFORE, "between": QUIET, "after": AFTER}
WIDE, HALF, THIRD = 520, 300, 240
PNG_SCALE = 2.0

Picture = dict[str, Any]
"""A Vega-Lite specification that needs nothing else."""


def chart(rows: list[dict[str, Any]], title: str = "") -> alt.Chart:
    """Return a chart of these rows, to be given a mark; control characters in them are shown."""
    values = [
        {key: visible(value) if isinstance(value, str) else value for key, value in row.items()}
        for row in rows
    ]
    made: alt.Chart = alt.Chart(data=alt.InlineData(values=values), title=title)
    return made


def share(
    title: str, ticks: list[float] | None = None, ends: tuple[float, float] = (0.0, 1.0)
) -> dict[str, Any]:
    """Return how an axis of shares looks, between two ends, with ticks at given places if so."""
    axis = alt.Axis(format="%", values=ticks) if ticks else alt.Axis(format="%")
    return {"title": title, "axis": axis, "scale": alt.Scale(domain=list(ends), clamp=True)}


def ends_colour() -> alt.Color:
    """Return the colours of before, after and what lies between."""
    scale = alt.Scale(domain=list(COLOURS), range=list(COLOURS.values()))
    return alt.Color("end:N", scale=scale, legend=None)


def ends_shape() -> alt.Shape:
    """Return the shapes of before, after and what lies between."""
    scale = alt.Scale(domain=list(SHAPES), range=list(SHAPES.values()))
    return alt.Shape("end:N", scale=scale, legend=None)


def finished(made: alt.TopLevelMixin) -> Picture:
    """Return the picture in the style of the page."""
    settings = {
        "background": None,
        "padding": {"left": 18, "right": 10, "top": 6, "bottom": 6},
        "font": "system-ui, sans-serif",
        "view": {"stroke": None},
        "axis": {"gridOpacity": 0.25, "labelFontSize": 11, "titleFontSize": 12},
        "title": {"fontSize": 13, "anchor": "start"},
    }
    return {**json.loads(made.to_json()), "config": settings}


def as_svg(picture: Picture) -> str:
    """Draw the picture as SVG; the same picture gives the same bytes."""
    return str(vl_convert.vegalite_to_svg(picture))


def as_png(picture: Picture) -> bytes:
    """Draw the picture as PNG on white, at twice the size."""
    settings = {**picture["config"], "background": "white"}
    return bytes(vl_convert.vegalite_to_png({**picture, "config": settings}, scale=PNG_SCALE))
