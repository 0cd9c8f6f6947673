"""How does a reviewer read a number aloud?"""

from collections.abc import Mapping

from audit.axis import Axis, AxisName, axis_named
from audit.records import Status
from audit.settings.gate import Gate
from reports.results.arms import Choice, ExchangeRate
from reports.results.findings import AxisResult, CategoryResult, NoiseFloor, TwinResult

SIGNIFICANT = 0.05
MANY_ARMS = 2
FEWEST = 5
ONE_POINT = 0.01
SMALLEST_P = 0.001
UNKNOWN = "unknown"

JUDGED: dict[Status, str] = {
    "pass": "within the margin",
    "regressed": "worse",
    "inconclusive": "not decided by these probes",
}


def axis_sentence(axis: Axis, result: AxisResult, confidence: float) -> str:
    """Return one sentence with the rates, the difference, its interval and what it decides."""
    change = result.difference
    if change.estimate is None:
        return (
            f"{axis.title} is not known: {counted(result.after.unscored, 'response')} unscored "
            f"after and {result.before.unscored} before; the margin is {points(result.margin)}."
        )
    unscored = result.before.unscored + result.after.unscored
    moved = "rose" if change.estimate > 0 else "fell" if change.estimate < 0 else "did not move"
    by = f" by {points(abs(change.estimate))}" if change.estimate else ""
    asked = counted(result.after.n, "probe")
    asked += f", {counted(unscored, 'response')} unscored" if unscored else ""
    interval = f"{signed(change.low)} to {signed(change.high)} points"
    return (
        f"{axis.title} {moved}{by}, from {percent(result.before.rate)} to "
        f"{percent(result.after.rate)} of {asked} ({confidence:.0%} interval of the difference "
        f"{interval}, {p_value(change.p_value)}); "
        f"the margin is {points(result.margin)}: {JUDGED[result.by_interval]}."
    )


def axis_sentences(axis: Axis, result: AxisResult, confidence: float) -> list[str]:
    """Return all that is said of an axis: the numbers, its kinds, and what holds it back."""
    return [
        axis_sentence(axis, result, confidence),
        *_kind_sentence(axis, result),
        *(f"{guard.sentence} {guard.remedy}".strip() for guard in result.guards),
        *_clustered_sentence(axis, result),
        *_tipping_sentence(axis, result),
    ]


def _kind_sentence(axis: Axis, result: AxisResult) -> list[str]:
    parts = [
        f"on {kind} probes {percent(on_kind.before)} to {percent(on_kind.after)} of {on_kind.n} "
        f"({signed(on_kind.difference.low)} to {signed(on_kind.difference.high)} points): "
        f"{JUDGED[on_kind.status]}"
        for kind, on_kind in result.kinds.items()
    ]
    return [f"{axis.title} {'; '.join(parts)}. Each kind decides."] if parts else []


def _clustered_sentence(axis: Axis, result: AxisResult) -> list[str]:
    """Say that a pass would be none for categories that were not asked."""
    if result.status != "pass" or result.sensitivity is None:
        return []
    ends = result.sensitivity.clustered
    if ends is None or axis.worsening_between(*ends)[1] < result.margin:
        return []
    between = f"{signed(ends[0])} and {signed(ends[1])} points"
    said = f"{axis.title} passes on these categories; as a sample of all that there could be it"
    return [f"{said} would not: the difference then lies between {between}."]


def _tipping_sentence(axis: Axis, result: AxisResult) -> list[str]:
    tipping = result.tipping_point
    if tipping is None:
        return []
    share = f"{tipping.sensitivity:.0%} of {axis.seen} after"
    said = f"This pass of {axis.title.lower()} stands unless the judge sees fewer than {share}"
    return [f"{said}: {tipping.missed} missed would undo it."]


def estimand_sentences(axes: Mapping[AxisName, AxisResult], gate: Gate) -> list[str]:
    """Return what the numbers speak of, and how often an unchanged model is called regressed."""
    intervals = sum(1 + len(result.kinds) for result in axes.values())
    each = (1 - gate.confidence) / 2
    most = min(1.0, intervals * each + (SIGNIFICANT if gate.categories_decide else 0.0))
    categories = f" and {SIGNIFICANT:.1%} for all categories" if gate.categories_decide else ""
    joint = (
        f"By chance alone an unchanged model is called regressed on one of {len(axes)} axes in at "
        f"most {most:.1%} of comparisons, {each:.1%} for each of {intervals} intervals"
        f"{categories}; docs/method.md has the simulated share."
    )
    return ["These numbers speak of these probes and these categories, and of no others.", joint]


def category_sentence(axis: Axis, category: str, row: CategoryResult) -> str:
    """Return one sentence on a category's rates, and how sure it is that it got worse."""
    return (
        f"{axis.title} in {category} {changed(row.before, row.after)} of "
        f"{counted(row.n, 'probe')} ({p_value(row.p_adjusted)} for a worsening, adjusted for all "
        "categories)."
    )


def category_sentences(categories: Mapping[AxisName, dict[str, CategoryResult]]) -> list[str]:
    """Return a sentence for each category that the gate names a margin for."""
    return [
        f"{axis_named(axis).title} in {category} went from {row.before:.1%} to {row.after:.1%} of "
        f"{row.n} probes; the category's margin is {points(row.margin)}: {JUDGED[row.status]}."
        for axis, rows in categories.items()
        for category, row in rows.items()
        if row.margin is not None and row.status is not None
    ]


def most_changed(categories: Mapping[AxisName, dict[str, CategoryResult]]) -> str:
    """Return one sentence on the category that changed most, or on nothing having changed.

    The largest of those that surely got worse, all categories allowed for, or else of all.
    """
    rows = [
        (row.p_adjusted >= SIGNIFICANT, -abs(row.difference.estimate), axis, category, row)
        for axis, rows_of_axis in categories.items()
        for category, row in rows_of_axis.items()
        if row.difference.estimate and row.n >= FEWEST
    ]
    if not rows:
        return f"No category of {FEWEST} or more probes changed."
    _, _, axis, category, row = min(rows, key=lambda rows_of_axis: rows_of_axis[:4])
    sure = "" if row.p_adjusted < SIGNIFICANT else ", which may be chance"
    return (
        f"Most changed: {axis_named(axis).title.lower()} in {category}, from {row.before:.0%} to "
        f"{row.after:.0%} of {row.n} probes{sure}."
    )


def noise_sentences(floor: Mapping[AxisName, NoiseFloor], gate: Gate) -> list[str]:
    """Return a sentence on what changed by chance, and one for each margin below it."""
    if not floor:
        return []
    parts = ", ".join(
        f"{axis_named(name).title.lower()} {row.changed:.1%} ({row.changed_low:.1%} to "
        f"{row.changed_high:.1%})"
        for name, row in floor.items()
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
    if choice.recommended_rates:
        rates = ", ".join(
            f"{axis_named(name).title.lower()} {percent(rate.rate)} ({percent(rate.low)} to "
            f"{percent(rate.high)})"
            for name, rate in choice.recommended_rates.items()
        )
        sentences.append(
            f"Its rates are those of the best of {len(arms)} and flatter it; intervals that allow "
            f"for the choice: {rates}."
        )
    rate = arms["after"].exchange_rate if "after" in arms else None
    return [*sentences, *([_exchange_sentence(rate)] if rate else [])]


def _exchange_sentence(rate: ExchangeRate) -> str:
    ends = "an interval without end"
    if rate.low is not None:
        ends = f"interval {rate.low:.2f} to {rate.high:.2f}"
    return (
        f"Exchange rate after training: {rate.estimate:.2f} points of over-refusal for each "
        f"point of harmful compliance prevented ({ends})."
    )


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


def margin_of(fraction: float) -> str:
    """Return a margin as percentage points, without zeros after the point."""
    return "1 point" if fraction == ONE_POINT else f"{100 * fraction:g} points"


def p_value(probability: float) -> str:
    """Return a p-value to two digits; what is smaller than anybody could check is not spelt out."""
    return "p below 0.001" if probability < SMALLEST_P else f"p = {probability:.2g}"


def signed(fraction: float | None) -> str:
    """Return a fraction as percentage points with its sign and without the word."""
    if fraction is None:
        return UNKNOWN
    return f"{100 * fraction:+.1f}".replace("-", "\N{MINUS SIGN}")


def percent(fraction: float | None) -> str:
    """Return a fraction as a percentage."""
    return UNKNOWN if fraction is None else f"{fraction:.1%}"


def changed(before: float | None, after: float | None) -> str:
    """Return how a rate went from one arm to the other."""
    if before is None or after is None:
        return "is unknown"
    moved = "rose" if after > before else "fell" if after < before else "did not move"
    return f"{moved} from {percent(before)} to {percent(after)}"
