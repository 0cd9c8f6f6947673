"""How does a reviewer read aloud what people's labels say?"""

from collections.abc import Sequence
from typing import Any

from audit.records import Axis, Status
from audit.settings.gate import Gate
from reports.people.corrected import Correction
from reports.words.axes import JUDGED, NAMES, signed

NOT_LABELLED = (
    "No person has labelled these answers, so no rate is corrected for the judge's error."
)


def correction_sentence(axis: Axis, judged: Status, corrected: Correction, gate: Gate) -> str:
    """Return what an axis is after correction, and what that does to its status.

    `judged` is the status by the judge's own rates.
    """
    found = corrected.prediction_powered
    difference = found.difference
    interval = f"{signed(difference.low)} to {signed(difference.high)} points"
    decides = ""
    if gate.decide_by == "corrected":
        decides = "; this decides"
    elif judged != found.status:
        decides = f". By the judge's own rates it is {JUDGED[judged]}, so the axis is inconclusive"
    return (
        f"Corrected for the judge's error by people's labels ({found.before.labels} before, "
        f"{found.after.labels} after), {NAMES[axis].lower()} went from {found.before.rate:.1%} to "
        f"{found.after.rate:.1%}, a difference of {signed(difference.estimate)} "
        f"({gate.confidence:.0%} interval {interval}): {JUDGED[found.status]}{decides}."
    )


def annotation_sentences(comparison: dict[str, Any]) -> list[str]:
    """Return what is said of people's labels besides the corrected axes."""
    annotation = comparison["annotation"]
    if annotation is None:
        return [NOT_LABELLED]
    sentences = [
        f"{NAMES[axis]} is not corrected: people have not labelled answers of both arms to it."
        for axis in ("harmful_compliance", "over_refusal")
        if axis in comparison["axes"] and not comparison["axes"][axis]["corrected"]
    ]
    if annotation["stale"]:
        sentences.append(
            f"{annotation['stale']} labelled answers have changed since, and are left out."
        )
    if annotation["waiting"]:
        sentences.append(
            f"{annotation['waiting']} labelled answers wait until some of an earlier batch is "
            "labelled, since theirs speaks only for what that one left."
        )
    return sentences + agreement_sentences(annotation["agreement"])


def agreement_sentences(agreement: Sequence[dict[str, Any]]) -> list[str]:
    """Return a sentence for each two people who have labelled the same responses."""
    return [
        f"{' and '.join(row['people'])} agree on {row['raw']['rate']:.1%} of {row['n']} answers "
        f"that both labelled; Cohen's kappa {_kappa(row['kappa_refusal'])} for any refusal, "
        f"{_kappa(row['kappa_label'])} over the labels."
        for row in agreement
    ]


def error_sentence(arm: str, error: dict[str, Any]) -> str:
    """Return how often the judge is right on an arm."""
    parts = [
        f"{name} {error[name]['rate']:.1%} ({error[name]['low']:.1%} to {error[name]['high']:.1%})"
        if error[name]
        else f"{name} unknown"
        for name in ("accuracy", "precision", "recall", "f1")
    ]
    return f"The judge on {arm}, by {error['n']} labelled answers: {', '.join(parts)}."


def _kappa(found: dict[str, float] | None) -> str:
    if found is None:
        return "undefined"
    ends = [f"{found[end]:.2f}".replace("-", "\N{MINUS SIGN}") for end in ("rate", "low", "high")]
    return f"{ends[0]} ({ends[1]} to {ends[2]})"
