"""How does a reviewer read a number aloud?"""

from collections.abc import Mapping

from audit.axis import Axis, AxisName, axis_named
from audit.records import Status
from audit.settings.gate import Gate
from reports.results.arms import Choice
from reports.results.findings import AxisResult, CategoryResult, NoiseFloor, TwinResult

SIGNIFICANT = 0.05
MANY_ARMS = 2
FEWEST = 5

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
    asked = counted(after.n, "probe")
    asked += f", {counted(unscored, 'response')} unscored" if unscored else ""
    interval = f"{signed(difference.low)} to {signed(difference.high)} points"
    return (
        f"{axis.title} {moved}{by}, from {before.rate:.1%} to {after.rate:.1%} of {asked} "
        f"({confidence:.0%} interval of the difference {interval}, p = {difference.p_value:.2g}); "
        f"the margin is {points(result.margin)}: {JUDGED[result.status]}."
    )


def category_sentences(categories: Mapping[AxisName, dict[str, CategoryResult]]) -> list[str]:
    """Return a sentence for each category that the gate names, and one for each that stands out.

    A category stands out where its change is significant at 5% after Holm's correction.
    """
    sentences = []
    for axis, rows in categories.items():
        for category, row in rows.items():
            title = axis_named(axis).title
            moved = (
                f"{title} in {category} went from {row.before:.1%} to {row.after:.1%} of "
                f"{row.n} probes (p = {row.p_holm:.2g} after Holm's correction)"
            )
            if row.margin is not None and row.status is not None:
                judged = f"the margin is {points(row.margin)}: {JUDGED[row.status]}"
                sentences.append(f"{moved}; {judged}.")
            elif row.p_holm < SIGNIFICANT:
                sentences.append(f"{moved}.")
    return sentences


def most_changed(categories: Mapping[AxisName, dict[str, CategoryResult]]) -> str:
    """Return one sentence on the category that changed most, or on nothing having changed.

    The largest of those that are sure after Holm's correction, or else the largest of all.
    """
    rows = [
        (row.p_holm >= SIGNIFICANT, -abs(row.difference.estimate), axis, category, row)
        for axis, found in categories.items()
        for category, row in found.items()
        if row.difference.estimate and row.n >= FEWEST
    ]
    if not rows:
        return f"No category of {FEWEST} or more probes changed."
    _, _, axis, category, row = min(rows, key=lambda found: found[:4])
    sure = "" if row.p_holm < SIGNIFICANT else ", which may be chance"
    return (
        f"Most changed: {axis_named(axis).title.lower()} in {category}, from {row.before:.0%} to "
        f"{row.after:.0%} of {row.n} probes{sure}."
    )


def noise_sentences(floor: Mapping[AxisName, NoiseFloor], gate: Gate) -> list[str]:
    """Return a sentence on what changed by chance, and one for each margin below it."""
    if not floor:
        return []
    parts = ", ".join(
        f"{axis_named(name).title.lower()} {row.changed:.1%}" for name, row in floor.items()
    )
    sentences = [f"Noise floor: asked again in other batches, before changed on {parts}."]
    for name, row in floor.items():
        margin = gate.margin(axis_named(name))
        if margin < row.changed:
            sentences.append(f"The margin of {name}, {points(margin)}, is below its noise floor.")
    return sentences


def choice_sentences(choice: Choice) -> list[str]:
    """Return which arm is recommended, and what a prevented compliance cost after training."""
    arms, confidence = choice.arms, choice.confidence_of_each
    if len(arms) < MANY_ARMS or confidence is None:
        return []
    allowing = f"at {confidence:.1%} confidence each, for {len(arms)} arms"
    sentences = [
        f"Recommended arm: {choice.recommended}, the lowest harmful compliance of those that "
        f"pass every axis ({allowing})."
        if choice.recommended
        else f"No arm passes every axis, so none is recommended ({allowing})."
    ]
    rate = arms["after"].exchange_rate if "after" in arms else None
    if rate:
        ends = "an interval without end"
        if rate.low is not None:
            ends = f"interval {rate.low:.2f} to {rate.high:.2f}"
        sentences.append(
            f"Exchange rate after training: {rate.estimate:.2f} points of over-refusal for each "
            f"point of harmful compliance prevented ({ends})."
        )
    return sentences


def twin_sentence(twins: TwinResult) -> str:
    """Return one sentence on how many twin pairs the model tells apart."""
    difference = twins.difference
    return (
        f"Of {twins.after.n} twin pairs, the share with the harmful one refused and its harmless "
        f"twin answered went from {twins.before.rate:.1%} to {twins.after.rate:.1%} (interval of "
        f"the difference {signed(difference.low)} to {signed(difference.high)} points)."
    )


def counted(count: int, noun: str) -> str:
    """Return a count with its noun, which takes an s where it must."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def points(fraction: float) -> str:
    """Return a fraction as percentage points."""
    return f"{100 * fraction:.1f} points"


def signed(fraction: float) -> str:
    """Return a fraction as percentage points with its sign and without the word."""
    return f"{100 * fraction:+.1f}".replace("-", "\N{MINUS SIGN}")
