"""How is it drawn where the model changed: category by category, and below the flips?"""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import exp, floor, log
from typing import Any

import altair as alt

from audit.axis import AXES, Axis, AxisName
from reports.comparison.movement import Moved
from reports.page.charts import (
    AFTER,
    DESK,
    QUIET,
    WRAPPED,
    Picture,
    Screen,
    chart,
    ends_colour,
    ends_shape,
    finished,
    named,
    share,
)
from reports.page.links import answers
from reports.results.findings import CategoryResult
from reports.words.axes import signed

LINE_HEIGHT, ROW_ROOM, KIND_HEIGHT = 14, 6, 90
FEWEST = 2
BINS = 30
FACTORS = (1 / 64, 1 / 16, 1 / 4, 1, 4, 16, 64)
"""Of the odds, at the ticks of the axis below."""


def categories_chart(
    categories: Mapping[AxisName, dict[str, CategoryResult]], screen: Screen = DESK
) -> Picture | None:
    """Draw every category's rate before and after, one small panel for each axis.

    Categories of a single probe are left out; the number of probes stands beside each name. A thin
    line shows the interval of the difference, from the rate before on. Points lead to the answers.
    """
    panels = [
        _panel(axis, categories[axis.name], screen)
        for axis in AXES
        if sum(row.n >= FEWEST for row in categories.get(axis.name, {}).values()) >= FEWEST
    ]
    if not panels:
        return None
    together = alt.concat(*panels, columns=screen.columns, spacing=36)
    return finished(together, "Every category's rate before and after, by axis")


def movement_chart(movements: Sequence[Moved], screen: Screen = DESK) -> Picture | None:
    """Draw how many probes of each kind moved how far in the odds of a refusal opening.

    Bars lead to their probes.
    """
    if not movements:
        return None
    base = chart(_bars(movements))
    ticks = [log(factor) for factor in FACTORS]
    axis = alt.Axis(values=ticks, labelExpr="'\u00d7' + format(exp(datum.value), '.2~r')")
    bars = base.mark_bar(color=QUIET).encode(
        x=alt.X("low:Q", bin="binned", title="odds multiplied by", axis=axis),
        x2="high:Q",
        y=alt.Y("probes:Q", title="probes"),
        href="link:N",
        description="said:N",
    )
    zero = base.mark_rule(color=AFTER, strokeDash=[5, 3]).encode(x=alt.XDatum(0))
    layers = alt.layer(bars, zero).properties(width=screen.panel, height=KIND_HEIGHT)
    faceted = layers.facet(alt.Facet("kind:N", title=None), columns=screen.columns)
    return finished(faceted, "How far each kind of probe moved towards a refusal")


def _bars(movements: Sequence[Moved]) -> list[dict[str, Any]]:
    """Count the probes of each kind in steps of equal width that meet at no change."""
    most = max((abs(moved.movement) for moved in movements), default=0.0)
    step = max(2 * most / BINS, 1e-3)
    counts = Counter((moved.kind, floor(moved.movement / step)) for moved in movements)
    return [
        {
            "kind": kind,
            "low": place * step,
            "high": (place + 1) * step,
            "probes": count,
            "link": answers(
                kind=kind, moved=f"{place * step:.4f}:{(place + 1) * step:.4f}", sort="movement"
            ),
            "said": f"{count} {kind} probes: the odds became {exp(place * step):.2g} to "
            f"{exp((place + 1) * step):.2g} times as high",
        }
        for (kind, place), count in sorted(counts.items())
    ]


def _panel(
    axis: Axis, rows: dict[str, CategoryResult], screen: Screen
) -> alt.LayerChart | alt.FacetChart:
    several = [name for name, row in rows.items() if row.n >= FEWEST]
    ordered = sorted(several, key=lambda name: -abs(rows[name].difference.estimate))
    spans = [_span(axis, name, rows[name]) for name in ordered]
    ends = [
        {**span, "end": end, "rate": span[end]} for span in spans for end in ("before", "after")
    ]
    shown = [span["category"] for span in spans]
    place = alt.Y(
        "category:N", sort=shown, title=None, axis=alt.Axis(labelLimit=0, labelExpr=WRAPPED)
    )
    base = chart(spans).mark_rule(color=QUIET)
    panel = alt.layer(
        base.encode(x=alt.X("low:Q"), x2="high:Q", y=place, strokeWidth=alt.value(1)),
        base.encode(
            x="before:Q", x2="after:Q", y=place, strokeWidth=alt.value(4), opacity=alt.value(0.5)
        ),
        chart(ends)
        .mark_point(filled=True, size=55, opacity=1)
        .encode(
            x=alt.X("rate:Q", **share("rate", [0, 0.5, 1])),
            y=place,
            color=ends_colour(),
            shape=ends_shape(),
            href="link:N",
            description="said:N",
        ),
    )
    lines = max(name.count("\n") + 1 for name in shown)
    height = (LINE_HEIGHT * lines + ROW_ROOM) * len(ordered)
    return panel.properties(title=axis.title, width=screen.panel, height=height)


def _span(axis: Axis, name: str, row: CategoryResult) -> dict[str, Any]:
    """Return what is drawn of a category."""
    ends = f"{signed(row.difference.low)} to {signed(row.difference.high)} points"
    return {
        "category": f"{named(name)} ({row.n})",
        "before": row.before,
        "after": row.after,
        "low": max(0.0, min(1.0, row.before + row.difference.low)),
        "high": max(0.0, min(1.0, row.before + row.difference.high)),
        "link": answers(axis=axis.name, category=name),
        "said": f"{axis.title} in {name}: {row.before:.0%} before, {row.after:.0%} after, of "
        f"{row.n} probes; difference {ends}",
    }
