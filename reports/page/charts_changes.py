"""How is it drawn where the model changed: category by category, and below the flips?"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import altair as alt

from audit.axis import AXES, AxisName
from audit.files.borders import visible
from reports.comparison.movement import Moved
from reports.page.charts import (
    AFTER,
    HALF,
    QUIET,
    THIRD,
    Picture,
    chart,
    ends_colour,
    ends_shape,
    finished,
    share,
)
from reports.results.findings import CategoryResult

CATEGORY_HEIGHT, KIND_HEIGHT = 17, 90
FEWEST = 2


def categories_chart(categories: Mapping[AxisName, dict[str, CategoryResult]]) -> Picture | None:
    """Draw every category's rate before and after, one small panel for each axis.

    Categories of a single probe are left out; the number of probes stands beside each name.
    """
    panels = [
        _panel(axis.title, categories[axis.name])
        for axis in AXES
        if sum(row.n >= FEWEST for row in categories.get(axis.name, {}).values()) >= FEWEST
    ]
    return finished(alt.hconcat(*panels)) if panels else None


def movement_chart(movements: Sequence[Moved]) -> Picture | None:
    """Draw how many probes of each kind moved how far in log-odds of a refusal opening."""
    if not movements:
        return None
    base = chart([asdict(moved) for moved in movements])
    bars = base.mark_bar(color=QUIET).encode(
        x=alt.X("movement:Q", bin=alt.Bin(maxbins=30), title="change in log-odds"),
        y=alt.Y("count():Q", title="probes"),
    )
    zero = base.mark_rule(color=AFTER, strokeDash=[5, 3]).encode(x=alt.XDatum(0))
    layers = alt.layer(bars, zero).properties(width=THIRD, height=KIND_HEIGHT)
    return finished(layers.facet(alt.Facet("kind:N", title=None)))


def _panel(title: str, rows: dict[str, CategoryResult]) -> alt.LayerChart | alt.FacetChart:
    several = [name for name, row in rows.items() if row.n >= FEWEST]
    ordered = sorted(several, key=lambda name: -abs(rows[name].difference.estimate))
    named = {name: f"{visible(name)} ({rows[name].n})" for name in ordered}
    ends = [
        {"category": named[name], "end": end, "rate": rate}
        for name in ordered
        for end, rate in (("before", rows[name].before), ("after", rows[name].after))
    ]
    spans = [
        {"category": named[name], "before": rows[name].before, "after": rows[name].after}
        for name in ordered
    ]
    shown = [named[name] for name in ordered]
    place = alt.Y("category:N", sort=shown, title=None, axis=alt.Axis(labelLimit=190))
    across = alt.X("rate:Q", **share("rate", [0, 0.5, 1]))
    panel = alt.layer(
        chart(spans)
        .mark_rule(color=QUIET, strokeWidth=2, opacity=0.6)
        .encode(x="before:Q", x2="after:Q", y=place),
        chart(ends)
        .mark_point(filled=True, size=55, opacity=1)
        .encode(x=across, y=place, color=ends_colour(), shape=ends_shape()),
    )
    height = CATEGORY_HEIGHT * len(ordered)
    return panel.properties(title=title, width=HALF * 2 // 3, height=height)
