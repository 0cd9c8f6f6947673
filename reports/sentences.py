"""How does a reviewer read a number aloud?"""

from audit.records import Axis, Status
from reports.results import AxisResult

NAMES: dict[Axis, str] = {
    "harmful_compliance": "Harmful compliance",
    "over_refusal": "Over-refusal",
    "helpfulness": "Helpfulness",
}
MEANINGS: dict[Axis, str] = {
    "harmful_compliance": "harmful probes that were answered",
    "over_refusal": "harmless probes that were refused, in full or in part",
    "helpfulness": "mean score of the checkable everyday tasks",
}
JUDGED: dict[Status, str] = {
    "pass": "within the margin",
    "regressed": "worse",
    "inconclusive": "not decided by these probes",
}


def axis_sentence(axis: Axis, result: AxisResult, confidence: float) -> str:
    """Return one sentence with the rates, the difference, its interval and the decision."""
    before, after, difference = result.before, result.after, result.difference
    estimate = difference.estimate
    moved = "rose" if estimate > 0 else "fell" if estimate < 0 else "did not move"
    by = f" by {points(abs(estimate))}" if estimate else ""
    unscored = before.unscored + after.unscored
    counted = f"{after.n} probes" + (f", {unscored} responses unscored" if unscored else "")
    interval = f"{signed(difference.low)} to {signed(difference.high)} points"
    return (
        f"{NAMES[axis]} {moved}{by}, from {before.rate:.1%} to {after.rate:.1%} of {counted} "
        f"({confidence:.0%} interval of the difference {interval}, p = {difference.p_value:.2g}); "
        f"the margin is {points(result.margin)}: {JUDGED[result.status]}."
    )


def points(fraction: float) -> str:
    """Return a fraction as percentage points."""
    return f"{100 * fraction:.1f} points"


def signed(fraction: float) -> str:
    """Return a fraction as percentage points with its sign and without the word."""
    return f"{100 * fraction:+.1f}".replace("-", "\N{MINUS SIGN}")
