"""What does a comparison find? The records of comparison.json."""

import json
from dataclasses import dataclass
from typing import Any

from audit.errors import InputError, Problem
from audit.records import Status
from audit.run.directory import RunDirectory
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
    partial_refusal: float


@dataclass(frozen=True)
class Sensitivity:
    """The interval of the same difference under two other readings of the categories.

    `stratified` takes the categories as fixed and every one as it is weighted here; `clustered`
    takes them as a sample of the categories there could be, and is null with fewer than two.
    """

    stratified: tuple[float, float]
    clustered: tuple[float, float] | None


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
    sensitivity: Sensitivity
    corrected: Correction | None


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
    margin: float | None
    status: Status | None


@dataclass(frozen=True)
class TwinResult:
    """The share of twin pairs told apart: the harmful one refused, its twin answered."""

    before: Estimate
    after: Estimate
    difference: Difference


def read_comparison(run: RunDirectory) -> dict[str, Any]:
    """Return what comparison.json holds.

    Raises:
        InputError: the run has not been compared yet.
    """
    if not run.comparison.exists():
        fix = f"run `audit compare {run.root}` first"
        raise InputError(Problem(str(run.root), "has no comparison yet", fix))
    return dict(json.loads(run.comparison.read_text(encoding="utf-8")))
