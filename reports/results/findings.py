"""What is found on an axis, in a category, and beside them?"""

from dataclasses import dataclass

from audit.records import Status
from reports.numbers.estimates import Difference, Estimate
from reports.people.corrected import Correction


@dataclass(frozen=True)
class Side:
    """One arm on one axis: the rate with its interval, and what stands beside it."""

    rate: float
    low: float
    high: float
    n: int
    unscored: int
    degenerate: float
    """The share of responses that say nothing."""
    partial_refusal: float
    """The share of partial refusals."""


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

    `corrected` is null where people have not labelled responses of both arms.
    """

    before: Side
    after: Side
    difference: Difference
    margin: float
    status: Status
    exceeds_margin: bool
    """Whether the worsening surely exceeds the margin."""
    sensitivity: Sensitivity
    """The interval under two other readings of the categories."""
    corrected: Correction | None
    """Corrected by people's labels; null where they have not labelled both arms."""


@dataclass(frozen=True)
class CategoryResult:
    """One category of an axis. `p_holm` allows for looking at all categories of the axis.

    `margin` and `status` are null where the gate names no margin for the category.
    """

    n: int
    before: float
    after: float
    difference: Difference
    p_holm: float
    """The p-value, allowing for a look at every category of the axis."""
    margin: float | None
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
