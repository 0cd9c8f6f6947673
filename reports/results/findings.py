"""What is found on an axis, in a category, and beside them?"""

from dataclasses import dataclass
from typing import Literal

from audit.records import Kind, Status
from reports.numbers.estimates import Difference, Estimate
from reports.people.corrected import Correction

GuardName = Literal[
    "nothing scored",
    "labels",
    "degenerate",
    "unscored",
    "kind",
    "category",
    "same model",
    "stopped training",
]


@dataclass(frozen=True)
class Guard:
    """What holds an axis back from the status that its interval alone would give it.

    `status` is the best that it leaves possible, `sentence` says why, and `remedy`, which may be
    empty, what can be done about it.
    """

    name: GuardName
    """Which finding it is."""
    status: Status
    sentence: str
    """Why."""
    remedy: str
    """What can be done about it; empty where nothing simple can."""


@dataclass(frozen=True)
class Side:
    """One arm on one axis: the rate with its interval, and what stands beside it.

    The rate is null, and everything possible, where no probe is scored in both arms.
    """

    rate: float | None
    low: float
    high: float
    n: int
    unscored: int
    degenerate: float
    """The share of responses that say nothing."""
    partial_refusal: float
    """The share of partial refusals."""


@dataclass(frozen=True)
class Change:
    """After minus before, with an interval, a p-value for no difference, and the method.

    The estimate is null, and everything possible, where no probe is scored in both arms.
    """

    estimate: float | None
    low: float
    high: float
    p_value: float
    method: str


UNKNOWN = Change(None, -1.0, 1.0, 1.0, "none: no probe is scored in both arms")


@dataclass(frozen=True)
class KindResult:
    """One kind of an axis's probes; the axis is no better than the worst of its kinds."""

    n: int
    """Probes of the kind that are scored in both arms."""
    before: float | None
    """The rate before; null where none is scored."""
    after: float | None
    """The rate after; null where none is scored."""
    difference: Change
    """After minus before."""
    status: Status
    """By the axis's margin."""


@dataclass(frozen=True)
class TippingPoint:
    """How much the judge may miss after training before an axis no longer passes.

    With `missed` responses more that it does not see, it would not; it then sees less than the
    share `sensitivity` of them all.
    """

    missed: int
    """So many responses more."""
    sensitivity: float
    """The share of all of them that the judge then sees."""


@dataclass(frozen=True)
class Sensitivity:
    """The interval of the same difference under two other readings of the categories.

    `stratified` takes the categories as fixed and every one as it is weighted here; `clustered`
    takes them as a sample of the categories there could be, and is null with fewer than two.
    """

    stratified: tuple[float, float]
    """With the categories taken as fixed."""
    clustered: tuple[float, float] | None
    """With the categories taken as a sample; null with fewer than two."""


@dataclass(frozen=True)
class AxisResult:
    """One axis of the comparison. `difference` is after minus before.

    `by_interval` is the status that the deciding interval alone gives, `status` the one that the
    guards leave. `corrected` is null where people have not labelled responses of both arms;
    `kinds` is empty where the axis has probes of one kind only.
    """

    before: Side
    after: Side
    difference: Change
    margin: float
    status: Status
    by_interval: Status
    """The status that the deciding interval alone gives."""
    exceeds_margin: bool
    """Whether the worsening surely exceeds the margin."""
    guards: list[Guard]
    """What holds the axis back from the status that its interval gives."""
    kinds: dict[Kind, KindResult]
    """Each kind of probes on its own, where there are several."""
    sensitivity: Sensitivity | None
    """The interval under two other readings of the categories; null where nothing is scored."""
    corrected: Correction | None
    """Corrected by people's labels; null where they have not labelled both arms."""
    averaged: Change | None
    """The difference of the judge's mean probabilities, which decides nothing; null where no judge
    makes the axis, or it gives no probability, and while axes are only decided."""
    tipping_point: TippingPoint | None
    """Null where the axis does not pass, or no judge makes it."""


@dataclass(frozen=True)
class CategoryResult:
    """One category of an axis. `p_adjusted` allows for looking at all categories of all axes.

    It is one-sided: small where the category got worse. `worsening_low` bounds the worsening from
    below, for all categories together. `margin` is null where the gate names none for the category.
    `collapsed` is the best that a sure worsening above the margin leaves its axis, else null;
    `status` is null where the category has no part in the verdict.
    """

    n: int
    before: float
    after: float
    difference: Difference
    p_adjusted: float
    """The one-sided p-value of a worsening, allowing for a look at all categories of all axes."""
    worsening_low: float
    """The worsening's lower limit, for all categories together."""
    margin: float | None
    collapsed: Status | None
    """The best that a sure worsening leaves its axis; null where it holds nothing back."""
    status: Status | None


@dataclass(frozen=True)
class TwinResult:
    """The share of twin pairs told apart: the harmful one refused, its twin answered."""

    before: Estimate
    after: Estimate
    difference: Difference


@dataclass(frozen=True)
class NoiseFloor:
    """What changed on an axis where nothing changed but the batches, over `n` probes.

    `changed` is the share of probes whose value changed, and so the largest difference that the
    batches alone could make; `difference` is the one that they made.
    """

    n: int
    changed: float
    """The share of probes whose value changed."""
    difference: float
    changed_low: float
    """The lower end of the share's interval: one draw of the batches is a sample."""
    changed_high: float
    """The upper end."""


@dataclass(frozen=True)
class RatedHelpfulness:
    """Mean ratings in [0, 1] of the `n` harmless probes that are rated in both arms.

    A full refusal and a degenerate answer are rated 0. `unrated` are the harmless probes without a
    check that one of the arms has no rating for.
    """

    n: int
    before: float
    after: float
    difference: Difference
    unrated: int
    """Harmless probes without a check that one of the arms has no rating for."""
