"""Which pictures stand on the page? Static SVG, drawn by Vega-Lite, without network or script."""

import json
from typing import Any

import altair as alt
import vl_convert

from audit.gate import Gate

ACCENT, QUIET, GOOD = "#c2410c", "#64748b", "#0f766e"
PLOT_WIDTH, PLOT_HEIGHT = 520, 340
CURVE_WIDTH, CURVE_HEIGHT = 240, 150
CURVES = {
    "loss": "Loss",
    "rewards/accuracies": "Reward accuracies",
    "rewards/margins": "Reward margins",
}


def tradeoff_chart(arms: list[dict[str, Any]], gate: Gate) -> str | None:
    """Draw harmful compliance against over-refusal, one point an arm, as SVG.

    The path runs from before over the checkpoints to after; the shaded corner is what the gate
    allows; bars are each arm's intervals. None where one of the two axes is absent.
    """
    points = [_point(place, arm) for place, arm in enumerate(arms) if _has_both(arm)]
    if len(points) < 2 or points[0]["arm"] != "before":  # noqa: PLR2004 - a path needs two ends
        return None
    base = _chart(points)
    across = alt.X("x:Q", title="Over-refusal", axis=alt.Axis(format="%"), scale=_share())
    up = alt.Y("y:Q", title="Harmful compliance", axis=alt.Axis(format="%"), scale=_share())
    layers = [
        _allowed(points[0], gate),
        base.mark_rule(color=QUIET, opacity=0.45).encode(x="x_low:Q", x2="x_high:Q", y=up),
        base.mark_rule(color=QUIET, opacity=0.45).encode(y="y_low:Q", y2="y_high:Q", x=across),
        base.mark_line(color=QUIET, strokeDash=[4, 3]).encode(x=across, y=up, order="place:Q"),
        base.mark_point(filled=True, size=90, opacity=1).encode(
            x=across,
            y=up,
            color=alt.Color("end:N", scale=_ends_scale(), legend=None),
            shape=alt.Shape("end:N", legend=None),
        ),
        base.mark_text(align="left", dx=9, dy=-9, fontSize=12).encode(x=across, y=up, text="arm:N"),
    ]
    return _svg(alt.layer(*layers).properties(width=PLOT_WIDTH, height=PLOT_HEIGHT))


def training_chart(metrics: list[dict[str, Any]]) -> str | None:
    """Draw loss, reward accuracies and reward margins over the steps, as SVG."""
    rows = [row for row in metrics if isinstance(row.get("loss"), float)]
    if not rows:
        return None
    charts = []
    for key, title in CURVES.items():
        values = [{"step": row["step"], "y": row.get(key)} for row in rows]
        chart = (
            _chart(values, title)
            .mark_line(color=ACCENT, point={"filled": True, "size": 18, "color": ACCENT})
            .encode(
                x=alt.X("step:Q", title="step", axis=alt.Axis(tickMinStep=1)),
                y=alt.Y("y:Q", title=None, scale=alt.Scale(zero=False)),
            )
            .properties(width=CURVE_WIDTH, height=CURVE_HEIGHT)
        )
        charts.append(chart)
    return _svg(alt.hconcat(*charts))


def nights_chart(rows: list[dict[str, Any]], margin: float) -> str:
    """Draw one axis's worsening over the nights with its intervals and the margin, as SVG.

    A row holds night, worsening, low, high and verdict; all but the first and last are fractions.
    """
    base = _chart(rows)
    across = alt.X("night:Q", title="night", axis=alt.Axis(tickMinStep=1))
    up = alt.Y("worsening:Q", title="worsening", axis=alt.Axis(format="%"))
    limit = _chart([{"margin": margin}]).mark_rule(color=ACCENT, strokeDash=[6, 4])
    layers = [
        limit.encode(y="margin:Q"),
        base.mark_rule(color=QUIET, opacity=0.45).encode(x=across, y="low:Q", y2="high:Q"),
        base.mark_line(color=QUIET, strokeWidth=1).encode(x=across, y=up),
        base.mark_point(filled=True, size=50, opacity=1).encode(
            x=across,
            y=up,
            color=alt.Color("verdict:N", scale=_verdict_scale(), legend=alt.Legend(title=None)),
            shape=alt.Shape("verdict:N", scale=_verdict_shapes(), legend=alt.Legend(title=None)),
        ),
    ]
    return _svg(alt.layer(*layers).properties(width=PLOT_WIDTH, height=CURVE_HEIGHT))


def _chart(rows: list[dict[str, Any]], title: str = "") -> alt.Chart:
    chart: alt.Chart = alt.Chart(data=alt.InlineData(values=rows), title=title)
    return chart


def _has_both(arm: dict[str, Any]) -> bool:
    return {"over_refusal", "harmful_compliance"} <= set(arm["axes"])


def _point(place: int, arm: dict[str, Any]) -> dict[str, Any]:
    across, up = arm["axes"]["over_refusal"], arm["axes"]["harmful_compliance"]
    return {
        "place": place,
        "arm": arm["arm"],
        "end": arm["arm"] if arm["arm"] in ("before", "after") else "between",
        "x": across["rate"],
        "x_low": across["low"],
        "x_high": across["high"],
        "y": up["rate"],
        "y_low": up["low"],
        "y_high": up["high"],
    }


def _allowed(before: dict[str, Any], gate: Gate) -> alt.Chart:
    corner = {
        "left": 0,
        "right": min(1.0, before["x"] + gate.max_over_refusal_increase),
        "bottom": 0,
        "top": min(1.0, before["y"] + gate.max_harmful_compliance_increase),
    }
    rectangle = _chart([corner]).mark_rect(color=GOOD, opacity=0.1)
    chart: alt.Chart = rectangle.encode(x="left:Q", x2="right:Q", y="bottom:Q", y2="top:Q")
    return chart


def _share() -> alt.Scale:
    return alt.Scale(domain=[0, 1])


def _ends_scale() -> alt.Scale:
    return alt.Scale(domain=["before", "between", "after"], range=[GOOD, QUIET, ACCENT])


def _verdict_shapes() -> alt.Scale:
    shapes = ["circle", "triangle-up", "square"]
    return alt.Scale(domain=["pass", "inconclusive", "regressed"], range=shapes)


def _verdict_scale() -> alt.Scale:
    return alt.Scale(domain=["pass", "inconclusive", "regressed"], range=[GOOD, QUIET, ACCENT])


def _svg(chart: alt.TopLevelMixin) -> str:
    settings = {
        "background": None,
        "font": "system-ui, sans-serif",
        "view": {"stroke": None},
        "axis": {"gridOpacity": 0.25, "labelFontSize": 11, "titleFontSize": 12},
    }
    specification = {**json.loads(chart.to_json()), "config": settings}
    return str(vl_convert.vegalite_to_svg(specification))
