"""What does the page of all nights show?"""

from markupsafe import Markup

from audit.axis import AXES, Axis, AxisName, axis_named
from audit.run.history import CheckedAxis
from reports.comparison.nights import Nights
from reports.page.charts import as_svg
from reports.page.charts_time import nights_chart
from reports.words.templates import picture, render


def nights_page(all_nights: list[Nights]) -> str:
    """Return the nights as one HTML page, without script and without network."""
    groups = [{**vars(one), "pictures": _pictures(one)} for one in all_nights]
    return render("nights.html", groups=groups, axes=AXES)


def _pictures(nights: Nights) -> dict[AxisName, Markup]:
    pictures = {}
    for name in nights.trends:
        axis = axis_named(name)
        rows = [
            _point(night, axis, there, there.difference.estimate)
            for night, check in enumerate(nights.checks, start=1)
            if (there := check.axes.get(name)) and there.difference.estimate is not None
        ]
        margin = next(
            night_check.axes[name].margin
            for night_check in nights.checks[::-1]
            if name in night_check.axes
        )
        pictures[name] = picture(as_svg(nights_chart(rows, margin)))
    return pictures


def _point(night: int, axis: Axis, checked: CheckedAxis, estimate: float) -> dict[str, float | str]:
    low, high = axis.worsening_between(checked.difference.low, checked.difference.high)
    return {
        "night": night,
        "worsening": axis.worsening(estimate),
        "low": low,
        "high": high,
        "verdict": checked.status,
    }
