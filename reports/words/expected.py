"""Did a training do what its pairs let expect? A line for each axis."""

from collections.abc import Mapping
from dataclasses import dataclass

from audit.axis import AxisName, axis_named
from audit.run.pair_findings import Direction, Outlook
from reports.results.findings import AxisResult
from reports.words.axes import percent
from reports.words.preferences import DIRECTION_WORDS

HAPPENED_WORDS: dict[Direction, str] = {
    "rises": "it rose",
    "falls": "it fell",
    "not told": "no change is shown",
}


@dataclass(frozen=True)
class Expected:
    """What was predicted for an axis before training, what happened, and whether they agree."""

    title: str
    predicted: str
    happened: str
    agreement: str
    because: str


def expected_and_found(
    outlook: Outlook | None, axes: Mapping[AxisName, AxisResult]
) -> list[Expected]:
    """Return a line for each axis that was predicted and measured; empty where nothing was."""
    predictions = outlook.predictions if outlook else []
    return [
        _expected(axis_named(one.axis).title, one.direction, one.because, axes[one.axis])
        for one in predictions
        if one.axis in axes
    ]


def _expected(title: str, predicted: Direction, because: str, result: AxisResult) -> Expected:
    change = result.difference
    happened = _happened(change.low, change.high)
    rates = f"{percent(result.before.rate)} to {percent(result.after.rate)}"
    return Expected(
        title=title,
        predicted=DIRECTION_WORDS[predicted],
        happened=f"{HAPPENED_WORDS[happened]} ({rates})",
        agreement=_agreement(predicted, happened),
        because=because,
    )


def _happened(low: float | None, high: float | None) -> Direction:
    """Return where an axis went: nowhere unless its whole interval lies on one side of zero."""
    if low is not None and low > 0:
        return "rises"
    return "falls" if high is not None and high < 0 else "not told"


def _agreement(predicted: Direction, happened: Direction) -> str:
    if predicted == "not told":
        return "nothing was predicted"
    if happened == "not told":
        return "not shown by these probes"
    return "as predicted" if predicted == happened else "against the prediction"
