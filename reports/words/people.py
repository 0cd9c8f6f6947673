"""How does a reviewer read aloud what people's labels say?"""

from collections.abc import Mapping, Sequence

from audit.axis import AXES, Axis, AxisName, axis_named
from audit.settings.gate import Gate
from reports.numbers.estimates import Interval
from reports.people.agreement import Agreement
from reports.people.corrected import CorrectedResult, Correction
from reports.people.enough_labels import labels_wanted
from reports.people.judge_error import JudgeError
from reports.people.passed_over import PassedOver
from reports.results.comparison import Comparison
from reports.results.findings import AxisResult
from reports.words.axes import JUDGED, signed

NOT_LABELLED = (
    "No person has labelled these answers, so no rate is corrected for the judge's error."
)


def correction_sentence(axis: Axis, result: AxisResult, gate: Gate) -> list[str]:
    """Return what an axis is after correction, and what that does to its status."""
    if result.corrected is None:
        return []
    by_people = result.corrected.prediction_powered
    difference = by_people.difference
    interval = f"{signed(difference.low)} to {signed(difference.high)} points"
    said = (
        f"Corrected for the judge's error by people's labels ({by_people.before.labels} before, "
        f"{by_people.after.labels} after), {axis.title.lower()} went from "
        f"{by_people.before.rate:.1%} to {by_people.after.rate:.1%}, a difference of "
        f"{signed(difference.estimate)} ({gate.confidence:.0%} interval {interval}): "
        f"{JUDGED[by_people.status]}{_decides(axis, result, by_people, gate)}."
    )
    return [said]


def _decides(axis: Axis, result: AxisResult, by_people: CorrectedResult, gate: Gate) -> str:
    """Return what the correction does to an axis's status, after the judge's own."""
    if gate.decide_by == "corrected":
        return "; this decides"
    if result.by_interval == by_people.status:
        return ""
    own = f". By the judge's own rates it is {JUDGED[result.by_interval]}"
    if any(guard.name == "labels" for guard in result.guards):
        return f"{own}, so the axis is inconclusive"
    if by_people.status != "inconclusive" or result.by_interval == "inconclusive":
        return f"{own}, and that decides"
    more = labels_wanted(
        (result.difference.low, result.difference.high),
        by_people,
        axis.worsening(by_people.difference.estimate),
        result.margin,
    )
    enough = f"about {more} more would" if more else "with so few probes no number of them would"
    return f"{own}. These labels can't settle it; {enough}"


def annotation_sentences(comparison: Comparison) -> list[str]:
    """Return what is said of people's labels besides the corrected axes."""
    annotation = comparison.annotation
    if annotation is None:
        return [NOT_LABELLED]
    sentences = [
        f"{axis.title} is not corrected: people have not labelled answers of both arms to it."
        for axis in AXES
        if axis.is_judged
        and axis.name in comparison.axes
        and comparison.axes[axis.name].corrected is None
    ]
    if annotation.stale:
        sentences.append(
            f"{annotation.stale} labelled answers have changed since, and are left out."
        )
    if annotation.waiting:
        sentences.append(
            f"{annotation.waiting} labelled answers wait until some of an earlier batch is "
            "labelled, since theirs speaks only for what that one left."
        )
    return sentences + agreement_sentences(annotation.agreement)


def agreement_sentences(agreement: Sequence[Agreement]) -> list[str]:
    """Return a sentence for each two people who have labelled the same responses."""
    return [
        f"{' and '.join(row.people)} agree on {row.raw.rate:.1%} of {row.n} answers "
        f"that both labelled; Cohen's kappa {_kappa(row.kappa_refusal)} for any refusal, "
        f"{_kappa(row.kappa_label)} over the labels."
        for row in agreement
    ]


def error_sentence(arm: str, error: JudgeError) -> str:
    """Return how often the judge is right on an arm."""
    measures = {
        "accuracy": error.accuracy,
        "precision": error.precision,
        "recall": error.recall,
        "f1": error.f1,
    }
    parts = [
        f"{name} {share.rate:.1%} ({share.low:.1%} to {share.high:.1%})"
        if share
        else f"{name} unknown"
        for name, share in measures.items()
    ]
    return f"The judge on {arm}, by {error.n} labelled answers: {', '.join(parts)}."


def passed_over_sentences(strata: Sequence[PassedOver]) -> list[str]:
    """Return, for each stratum, how many of its drawn answers nobody has labelled."""
    return [
        f"Passed over: {row.unlabelled} of {row.drawn} answers of {row.arm} to {row.group} probes "
        f"that the judge called {row.judged}."
        for row in strata
    ]


def worst_case_sentences(corrected: Mapping[AxisName, Correction]) -> list[str]:
    """Return what each axis would be if all that was passed over spoke against after."""
    return [
        f"If all of them spoke against after, {axis_named(name).title.lower()} would have changed "
        f"by {signed(change.estimate)} points (interval {signed(change.low)} to "
        f"{signed(change.high)}): {JUDGED[row.prediction_powered.status]}."
        for name, row in corrected.items()
        for change in [row.prediction_powered.difference]
    ]


def _kappa(kappa: Interval | None) -> str:
    if kappa is None:
        return "undefined"
    shares = (kappa.rate, kappa.low, kappa.high)
    ends = [f"{share:.2f}".replace("-", "\N{MINUS SIGN}") for share in shares]
    return f"{ends[0]} ({ends[1]} to {ends[2]})"
