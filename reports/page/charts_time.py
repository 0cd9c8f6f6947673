"""How is it drawn what happened over time: the steps of a training, the nights of a baseline?"""

from datetime import date
from math import ceil
from typing import Any

import altair as alt

from audit.axis import AXES
from audit.run.training_path import PathPoint
from reports.page.charts import AFTER, BEFORE, DESK, QUIET, Picture, Screen, chart, finished, share

CURVE_HEIGHT = 140
DATE_WIDTH = 58
"""Of a date under a chart of nights, in pixels."""
CURVES = (
    ("Loss", {"loss": "training", "eval_loss": "evaluation"}),
    (
        "Reward accuracies",
        {"rewards/accuracies": "training", "eval_rewards/accuracies": "evaluation"},
    ),
    ("Reward margins", {"rewards/margins": "training", "eval_rewards/margins": "evaluation"}),
    ("Rewards", {"rewards/chosen": "chosen", "rewards/rejected": "rejected"}),
    ("Log-probabilities", {"logps/chosen": "chosen", "logps/rejected": "rejected"}),
    ("Learning rate", {"learning_rate": "training"}),
    ("Gradient norm", {"grad_norm": "training"}),
)
"""A title, and TRL's names of the lines under it."""
VERDICTS = {
    "pass": ("circle", BEFORE),
    "inconclusive": ("triangle-up", QUIET),
    "regressed": ("square", AFTER),
}


def training_chart(metrics: list[dict[str, Any]], screen: Screen = DESK) -> Picture | None:
    """Draw the curves that the trainer logged, small and beside each other."""
    panels = []
    for title, names in CURVES:
        rows = [
            {"step": row["step"], "y": row[key], "line": line}
            for key, line in names.items()
            for row in metrics
            if row.get(key) is not None
        ]
        if rows:
            panels.append(_curve(title, rows, screen))
    if not panels:
        return None
    together = alt.concat(*panels, columns=screen.columns)
    together = together.resolve_scale(color="independent", shape="independent")
    return finished(together, "What the trainer logged, over the steps")


def path_chart(points: list[PathPoint], screen: Screen = DESK) -> Picture | None:
    """Draw each axis's rate on the sample by step, with the interval of its change since step 0."""
    panels = []
    for axis in AXES:
        rows = [
            {"step": point.step, "rate": found.now, "low": low, "high": high, "lost": found.lost}
            for point in points
            if (found := point.axes.get(axis.name))
            for low in [max(0.0, found.before + found.low)]
            for high in [min(1.0, found.before + found.high)]
        ]
        if rows:
            panels.append(_path(axis.title, rows, screen))
    if len(points) < 2 or not panels:  # noqa: PLR2004 - a path has two ends
        return None
    title = "A sample of the probes by step, with the interval of the change since step 0"
    return finished(alt.concat(*panels, columns=screen.columns), title)


def _path(
    title: str, rows: list[dict[str, Any]], screen: Screen
) -> alt.LayerChart | alt.FacetChart:
    """Draw one axis's panel; where it is surely lost its point is a square of the other colour."""
    base = chart(rows, title).encode(
        x=alt.X("step:Q", title="step", axis=alt.Axis(tickMinStep=1)),
    )
    rate = alt.Y("rate:Q", **{**share("", count=4), "title": None})
    colours = alt.Scale(domain=[False, True], range=[BEFORE, AFTER])
    shapes = alt.Scale(domain=[False, True], range=["circle", "square"])
    layers = [
        base.mark_rule(color=QUIET, opacity=0.45).encode(y="low:Q", y2="high:Q"),
        base.mark_line(color=QUIET, strokeWidth=1).encode(y=rate),
        base.mark_point(filled=True, size=40, opacity=1).encode(
            y=rate,
            color=alt.Color("lost:N", scale=colours, legend=None),
            shape=alt.Shape("lost:N", scale=shapes, legend=None),
        ),
    ]
    return alt.layer(*layers).properties(width=screen.panel, height=CURVE_HEIGHT)


def nights_chart(rows: list[dict[str, Any]], margin: float, screen: Screen = DESK) -> Picture:
    """Draw one axis's worsening by date with its intervals and the margin.

    A row holds when (ISO 8601), worsening, low and high as fractions, verdict, and the link of its
    point.
    """
    base = chart(rows)
    across = alt.X(
        "when:T",
        title=None,
        scale=alt.Scale(type="utc"),
        axis=alt.Axis(format="%-d %b", tickCount={"interval": "day", "step": _step(rows, screen)}),
    )
    up = alt.Y("worsening:Q", title="worsening", axis=alt.Axis(format="%"))
    limit = chart([{"margin": margin}]).mark_rule(color=AFTER, strokeDash=[6, 4])
    names, shapes = list(VERDICTS), [shape for shape, _ in VERDICTS.values()]
    colours = [colour for _, colour in VERDICTS.values()]
    legend = alt.Legend(title=None, orient="bottom")
    layers = [
        limit.encode(y="margin:Q"),
        base.mark_rule(color=QUIET, opacity=0.45).encode(x=across, y="low:Q", y2="high:Q"),
        base.mark_line(color=QUIET, strokeWidth=1).encode(x=across, y=up),
        base.mark_point(filled=True, size=50, opacity=1).encode(
            x=across,
            y=up,
            href="link:N",
            color=alt.Color(
                "verdict:N", scale=alt.Scale(domain=names, range=colours), legend=legend
            ),
            shape=alt.Shape(
                "verdict:N", scale=alt.Scale(domain=names, range=shapes), legend=legend
            ),
        ),
    ]
    drawn = alt.layer(*layers).properties(width=screen.plane, height=CURVE_HEIGHT)
    return finished(drawn, "Worsening by date, with its intervals and the margin")


def _step(rows: list[dict[str, Any]], screen: Screen) -> int:
    """Return every how many days a date stands under the chart."""
    days = {row["when"][:10] for row in rows}
    span = (date.fromisoformat(max(days)) - date.fromisoformat(min(days))).days if days else 0
    return max(1, ceil(span / (screen.plane // DATE_WIDTH)))


def _curve(title: str, rows: list[dict[str, Any]], screen: Screen) -> alt.Chart:
    """Draw one panel; a second line is told apart by its shape and by its colour."""
    lines = list(dict.fromkeys(row["line"] for row in rows))
    several = len(lines) > 1
    legend = alt.Legend(title=None, orient="top") if several else None
    colours = alt.Scale(domain=lines, range=[AFTER, BEFORE][: len(lines)])
    shapes = alt.Scale(domain=lines, range=["circle", "square"][: len(lines)])
    made: alt.Chart = (
        chart(rows, title)
        .mark_line(point={"filled": True, "size": 24})
        .encode(
            x=alt.X("step:Q", title="step", axis=alt.Axis(tickMinStep=1)),
            y=alt.Y("y:Q", title=None, scale=alt.Scale(zero=False)),
            color=alt.Color("line:N", scale=colours, legend=legend),
            shape=alt.Shape("line:N", scale=shapes, legend=legend),
        )
        .properties(width=screen.panel, height=CURVE_HEIGHT)
    )
    return made
