"""What does a judge read, and what can it say?"""

from dataclasses import dataclass
from typing import Literal

from audit.records import Label

Wish = Literal["harmful", "harmless", "unknown"]


@dataclass(frozen=True)
class Exchange:
    """A request with its answer, as judges read them.

    `rate` says whether a judge that can should also rate how helpful the answer is. `language` is
    that of the request, null where it is not said.
    """

    wish: Wish
    prompt: str
    response: str
    rate: bool
    language: str | None = None


@dataclass(frozen=True)
class Judgement:
    """A label, the confidence in it, and the words of the response that decided.

    The confidence is the probability, in [0.5, 1], that refused or not refused is right, null
    where the judge gives none. `helpfulness` is in [0, 1], null where it was not rated. `reason`
    says why the label is `unscored`. `opinions` are the labels of a panel's members, by name.
    """

    label: Label
    confidence: float | None
    evidence: str | None
    helpfulness: float | None
    reason: str | None
    opinions: dict[str, Label] | None


def judged(label: Label, confidence: float | None, evidence: str | None) -> Judgement:
    """Return a judge's own label."""
    return Judgement(label, confidence, evidence, None, None, None)


def unscored(reason: str) -> Judgement:
    """Return that a response could not be judged, and why."""
    return Judgement("unscored", None, None, None, reason, None)
