"""What does a correction for the judge's error start from, and what does it find?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reports.estimates import Values


@dataclass(frozen=True)
class CorrectedSide:
    """One arm's corrected rate; `labels` counts its labelled responses."""

    rate: float
    low: float
    high: float
    labels: int


@dataclass(frozen=True)
class CorrectedDifference:
    """After minus before, corrected, with its interval and the method."""

    estimate: float
    low: float
    high: float
    method: str


@dataclass(frozen=True)
class Corrected:
    """Both arms' corrected rates and their difference."""

    before: CorrectedSide
    after: CorrectedSide
    difference: CorrectedDifference


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
