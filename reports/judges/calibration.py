"""Is a judge as often right as it is sure?"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

TENTHS = 10


@dataclass(frozen=True)
class Tenth:
    """The responses whose probability of being a refusal lies in one tenth of [0, 1]."""

    low: float
    high: float
    n: int
    said: float
    """The mean probability that the judge gave."""
    refused: float
    """The share of them that people call a refusal."""


@dataclass(frozen=True)
class Calibration:
    """A judge's probabilities against people's labels."""

    n: int
    error: float
    """The expected calibration error: the mean difference of what was said and what was so, over
    tenths weighted by their responses (Naeini, Cooper and Hauskrecht 2015, AAAI)."""
    tenths: list[Tenth]
    """Those that hold a response, in order."""


def calibration(probabilities: Sequence[float], refused: Sequence[bool]) -> Calibration | None:
    """Measure a judge's probabilities of a refusal, each in [0, 1]; None where there are none."""
    if not probabilities:
        return None
    held: dict[int, list[tuple[float, bool]]] = {}
    for probability, people in zip(probabilities, refused, strict=True):
        held.setdefault(min(int(probability * TENTHS), TENTHS - 1), []).append(
            (probability, people)
        )
    tenths = [_tenth(place, rows) for place, rows in sorted(held.items())]
    apart = sum(tenth.n * abs(tenth.said - tenth.refused) for tenth in tenths)
    return Calibration(len(probabilities), apart / len(probabilities), tenths)


def _tenth(place: int, rows: list[tuple[float, bool]]) -> Tenth:
    said, refused = zip(*rows, strict=True)
    low, high = place / TENTHS, (place + 1) / TENTHS
    return Tenth(low, high, len(rows), fmean(said), fmean(map(float, refused)))
