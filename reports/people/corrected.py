"""What does a correction for the judge's error start from, and what does it find?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.records import Status
from reports.numbers.estimates import CorrectedDifference, Values


@dataclass(frozen=True)
class CorrectedSide:
    """One arm's corrected rate; `labels` counts its labelled responses."""

    rate: float
    low: float
    high: float
    labels: int
    """How many of its responses are labelled."""


@dataclass(frozen=True)
class Corrected:
    """Both arms' corrected rates and their difference."""

    before: CorrectedSide
    after: CorrectedSide
    difference: CorrectedDifference


@dataclass(frozen=True)
class CorrectedResult:
    """One axis as one method corrects it for the judge's error, and the status it would have."""

    before: CorrectedSide
    after: CorrectedSide
    difference: CorrectedDifference
    status: Status


@dataclass(frozen=True)
class Correction:
    """One axis corrected by people's labels; `unusable` says why where Rogan-Gladen is null."""

    prediction_powered: CorrectedResult
    """By prediction-powered inference."""
    rogan_gladen: CorrectedResult | None
    """By the estimator of Rogan and Gladen; null where it cannot be used."""
    unusable: str | None
    """Why it cannot be used; null where it can."""


@dataclass(frozen=True)
class LabelledArm:
    """One arm on one axis: the judge on every probe, and people on the labelled responses.

    `predicted` is the judge's value of each probe, in the same order in both arms. The others hold
    one entry for each labelled response: the place of its probe, the mean of what people say, what
    the judge says, whether the judge has scored it at all, and its weight.
    """

    predicted: Values
    place: NDArray[np.int64]
    people: Values
    judge: Values
    scored: NDArray[np.bool_]
    weight: Values

    @property
    def labels(self) -> int:
        """How many responses are labelled."""
        return len(self.place)
