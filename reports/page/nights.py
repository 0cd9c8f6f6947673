"""What does the page of all nights show?"""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from markupsafe import Markup

from audit.axis import AXES, Axis, AxisName
from audit.files.borders import visible
from audit.run.history import Check, CheckedAxis
from reports.comparison.nights import Nights
from reports.page.charts import as_svg
from reports.page.charts_time import nights_chart
from reports.page.links import Link, link_to, linked, mark
from reports.page.night_sentences import alarm_sentence, night_sentence, trend_sentence
from reports.words.templates import picture, render


@dataclass(frozen=True)
class Told:
    """One check as its row of the table shows it."""

    check: Check
    report: str | None
    """Where its report is; null where there is none."""
    since: dict[AxisName, float | None]
    """How each difference moved since the check before; null where there is none to compare."""


def nights_page(
    all_nights: list[Nights], page: Path | None = None, *, redacted: bool = False
) -> str:
    """Return the nights as one HTML page, without script and without network.

    `page` is where it will stand, for links to the reports, which are the redacted ones if so.
    """
    groups = [_group(nights, page, redacted=redacted) for nights in all_nights]
    return render("nights.html", groups=groups, axes=AXES, alarm_sentence=alarm_sentence)


def _group(nights: Nights, page: Path | None, *, redacted: bool) -> dict[str, Any]:
    """Return what the template is given of the checks that belong together."""
    rows = _told(nights, page, redacted=redacted)
    axes = [axis for axis in AXES if axis.name in nights.trends]
    return {
        "nights": nights,
        "name": nights.blessed.name if nights.blessed else Path(nights.baseline).name,
        "rows": rows[::-1],
        "last": night_sentence(nights.checks, rows[-1].since),
        "said": {axis.name: trend_sentence(axis, nights) for axis in axes},
        "pictures": {axis.name: _picture(axis, rows) for axis in axes},
        "command": _acknowledging(nights),
    }


def _acknowledging(nights: Nights) -> str:
    which = f" --baseline {nights.blessed.name}" if nights.blessed else ""
    return f'audit history{which} --acknowledge WHO --reason "WHY"'


def _told(nights: Nights, page: Path | None, *, redacted: bool) -> list[Told]:
    """Return a row for each check, oldest first."""
    befores = [None, *(before for before, _ in pairwise(nights.checks))]
    return [
        Told(
            check=check,
            report=link_to(Path(check.run), page, redacted=redacted),
            since={axis: _moved(axis, check, before) for axis in nights.trends},
        )
        for check, before in zip(nights.checks, befores, strict=True)
    ]


def _moved(axis: AxisName, check: Check, before: Check | None) -> float | None:
    """Return by how much an axis's difference differs from that of the check before."""
    ends = [
        one.axes[axis].difference.estimate for one in (before, check) if one and axis in one.axes
    ]
    was, now = ends if len(ends) == 2 else (None, None)  # noqa: PLR2004 - before and after
    return None if was is None or now is None else now - was


def _picture(axis: Axis, rows: list[Told]) -> Markup:
    """Draw an axis's worsening by date; each point leads to the report of its check."""
    shown = [
        (row, there, there.difference.estimate)
        for row in rows
        if (there := row.check.axes.get(axis.name)) and there.difference.estimate is not None
    ]
    margin = next(
        row.check.axes[axis.name].margin for row in rows[::-1] if axis.name in row.check.axes
    )
    points = [
        _point(place, row.check, axis, there, estimate)
        for place, (row, there, estimate) in enumerate(shown)
    ]
    drawn = picture(as_svg(nights_chart(points, margin)))
    return linked(drawn, [Link(row.report, _said(row.check, there)) for row, there, _ in shown])


def _said(check: Check, there: CheckedAxis) -> str:
    return f"report of {visible(Path(check.candidate).name)}, {check.night}: {there.status}"


def _point(
    place: int, check: Check, axis: Axis, checked: CheckedAxis, estimate: float
) -> dict[str, float | str]:
    low, high = axis.worsening_between(checked.difference.low, checked.difference.high)
    return {
        "when": check.checked_at,
        "worsening": axis.worsening(estimate),
        "low": low,
        "high": high,
        "verdict": checked.status,
        "link": mark(place),
    }
