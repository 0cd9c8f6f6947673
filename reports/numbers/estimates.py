"""Which records hold an estimated rate or difference? They load no statistics library."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

FEW_CHANGES = 10
"""With fewer changes than these no interval is drawn from resampling."""


@dataclass(frozen=True)
class Estimate:
    """A mean of values in [0, 1] with its interval; n counts probes."""

    rate: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Difference:
    """After minus before, with an interval, a p-value for no difference, and the method."""

    estimate: float
    low: float
    high: float
    p_value: float
    method: str


@dataclass(frozen=True)
class CorrectedDifference:
    """After minus before, corrected, with its interval and the method."""

    estimate: float
    low: float
    high: float
    method: str


@dataclass(frozen=True)
class Resolution:
    """What `n` probes could have seen.

    `smallest_detectable` is the smallest difference seen with the power, if the assumed share of
    probes flips; `bound_without_flips` the largest worsening that is possible if none does.
    """

    n: int
    power: float
    """The chance with which a difference is seen."""
    assumed_flip_rate: float
    """The share of probes that is assumed to flip by chance."""
    smallest_detectable: float
    """The smallest difference that is seen with that chance."""
    bound_without_flips: float
    """The largest worsening that is possible if no probe flips."""


@dataclass(frozen=True)
class CrossedEstimate:
    """The mean difference of several trainings that were asked the same probes, and its parts."""

    n: int
    """Probes that are scored in all of them."""
    seeds: int
    """How many trainings."""
    mean: float
    """After minus before, over all probes and trainings."""
    low: float
    """The lower end of the interval of what the recipe gives on average."""
    high: float
    """The upper end."""
    next_low: float
    """The lower end of where the difference of the next training on these probes will lie."""
    next_high: float
    """The upper end."""
    seed_variance: float
    """The variance between trainings."""
    probe_variance: float
    """The variance between probes."""
    residual_variance: float
    """The variance of what is neither a training's nor a probe's own."""


@dataclass(frozen=True)
class Interval:
    """A share or a coefficient with its interval."""

    rate: float
    low: float
    high: float
