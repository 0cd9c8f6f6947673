"""What does a comparison find on an axis? Two records, as they stand in comparison.json."""

from dataclasses import dataclass

from audit.records import Status
from reports.statistics import Difference


@dataclass(frozen=True)
class Side:
    """One arm on one axis: the rate with its interval, and what stands beside it."""

    rate: float
    low: float
    high: float
    n: int
    unscored: int
    degenerate: float
    partial_refusal: float


@dataclass(frozen=True)
class AxisResult:
    """One axis of the comparison. `difference` is after minus before."""

    before: Side
    after: Side
    difference: Difference
    margin: float
    status: Status
    exceeds_margin: bool
