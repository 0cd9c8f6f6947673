"""Which findings hold an axis back from the status that its interval gives it, and why?"""

from collections.abc import Iterator

from audit.axis import Axis
from audit.records import Kind, Status
from audit.settings.gate import Gate
from reports.axes import PairedValues, axis_status
from reports.numbers.paired import paired_difference
from reports.results.findings import AxisResult, CategoryResult, Guard, KindResult
from reports.words.axes import changed, counted, margin_of, p_value, percent, signed

MORE_TOKENS = (
    "Raise generation.max_tokens if answers or their thinking are cut off; else read them."
)


def same_model() -> Guard:
    """Say that nothing was compared but a model with itself."""
    sentence = "After has the weights of before: a model was compared with itself."
    remedy = "Check which checkpoint or adapter was asked, and that training changed its weights."
    return Guard("same model", "inconclusive", sentence, remedy)


def stopped_training() -> Guard:
    """Say that after is not the model that was to be trained."""
    sentence = "Training was stopped on the way, since the gate was surely lost."
    remedy = "Change the pairs or the settings, and train anew; train/path shows where it was lost."
    return Guard("stopped training", "inconclusive", sentence, remedy)


def nothing_scored(axis: Axis, values: PairedValues) -> Guard:
    """Say that probes were asked and that no judgement of them came in both arms."""
    sentence = (
        f"{axis.title} is not known: none of its {counted(values.unpaired, 'probe')} is scored in "
        "both arms."
    )
    remedy = "See why in the verdicts, mend the judge or the answers, and run `audit score` again."
    return Guard("nothing scored", "inconclusive", sentence, remedy)


def labels(axis: Axis, result: AxisResult, gate: Gate) -> Guard | None:
    """Say that people's labels contradict what the judge's own rates decided.

    They do where a pass is by them a regression, and a regression within the margin.
    """
    if result.corrected is None or gate.decide_by == "corrected":
        return None
    by_people = result.corrected.prediction_powered.status
    contradiction: dict[Status, Status] = {"pass": "regressed", "regressed": "pass"}
    if contradiction.get(result.by_interval) != by_people:
        return None
    sentence = (
        f"People's labels contradict the judge on {axis.title.lower()}: by its own rates it is "
        f"{result.by_interval}, corrected by them it is {by_people}."
    )
    remedy = "Read the answers on which they differ, or set gate.decide_by to corrected."
    return Guard("labels", "inconclusive", sentence, remedy)


def degenerate(axis: Axis, result: AxisResult, gate: Gate) -> Iterator[Guard]:
    """Say that an arm too often said nothing, or says nothing more often than it did."""
    before, after = result.before.degenerate, result.after.degenerate
    shares = f"{percent(before)} before and {percent(after)} after"
    if max(before, after) > gate.max_degenerate:
        sentence = (
            f"Too many answers say nothing for {axis.title.lower()} to be known: {shares} are "
            f"degenerate, and at most {percent(gate.max_degenerate)} may be (gate.max_degenerate)."
        )
        yield Guard("degenerate", "inconclusive", sentence, MORE_TOKENS)
    elif after - before > result.margin:
        sentence = (
            f"Degenerate responses rose from {percent(before)} to {percent(after)}: "
            f"{axis.name} is inconclusive."
        )
        yield Guard("degenerate", "inconclusive", sentence, MORE_TOKENS)


def unscored(
    axis: Axis, result: AxisResult, values: PairedValues, gate: Gate, *, anytime: bool
) -> Iterator[Guard]:
    """Say that unscored responses, had they all changed for the worse, would change the status."""
    count = values.unscored_before + values.unscored_after
    if not count:
        return
    ends = (values.worst_before, values.worst_after, gate.confidence)
    worst_case = paired_difference(*ends, anytime=anytime)
    as_judged = axis_status(axis, result.difference, result.margin)[0]
    if axis_status(axis, worst_case, result.margin)[0] != as_judged:
        sentence = (
            f"{counted(count, 'unscored response')} could change the status of {axis.name}: it is "
            "inconclusive."
        )
        remedy = "See why in the verdicts, mend the judge or the answers, and run `audit score`."
        yield Guard("unscored", "inconclusive", sentence, remedy)


def kinds(axis: Axis, result: AxisResult, gate: Gate) -> Iterator[Guard]:
    """Say which kind of probes is worse off than all probes of the axis together.

    Where corrected rates decide, which are not told by kind, the kinds only stand beside them.
    """
    if _by_people(result, gate):
        return
    for kind, on_kind in result.kinds.items():
        if on_kind.status != "pass":
            yield Guard(
                "kind",
                on_kind.status,
                _of_kind(axis, kind, on_kind, result),
                _more(on_kind, result),
            )


def categories(
    axis: Axis, result: AxisResult, rows: dict[str, CategoryResult], gate: Gate
) -> Iterator[Guard]:
    """Say in which categories the worsening is sure and above the margin.

    Where corrected rates decide, which are not told by category, the categories stand beside them.
    """
    if _by_people(result, gate):
        return
    for category, row in rows.items():
        if row.collapsed is None:
            continue
        limit = row.margin or result.margin
        sentence = (
            f"{axis.title} in {category} {changed(row.before, row.after)} of "
            f"{counted(row.n, 'probe')} (margin {margin_of(limit)}; {p_value(row.p_adjusted)}, "
            "adjusted for all categories)."
        )
        remedy = "Read the answers of this category."
        yield Guard("category", row.collapsed, sentence, remedy)


def _by_people(result: AxisResult, gate: Gate) -> bool:
    """Say whether people's labels decide the axis."""
    return result.corrected is not None and gate.decide_by == "corrected"


def _of_kind(axis: Axis, kind: Kind, on_kind: KindResult, result: AxisResult) -> str:
    if not on_kind.n:
        return f"{axis.title} on {kind} probes is not known: none of them is scored in both arms."
    low, high = axis.worsening_between(on_kind.difference.low, on_kind.difference.high)
    return (
        f"{axis.title} on {kind} probes {changed(on_kind.before, on_kind.after)} of "
        f"{counted(on_kind.n, 'probe')} (margin {margin_of(result.margin)}; interval of the "
        f"worsening {signed(low)} to {signed(high)} points)."
    )


def _more(on_kind: KindResult, result: AxisResult) -> str:
    if on_kind.status == "regressed":
        return ""
    return f"Ask more of these probes: `audit plan --margin {result.margin:g}` says how many."
