"""What are the rates once the judge's mean error, as people find it, is taken off?"""

from dataclasses import dataclass

import numpy as np

from reports.numbers.estimates import CorrectedDifference, Values
from reports.people.corrected import Corrected, CorrectedSide, LabelledArm

METHOD = "prediction-powered inference, weighted, with imagined errors"


@dataclass(frozen=True)
class Sample:
    """Labelled clusters: what people say, what the judge says, and their weights."""

    people: Values
    judge: Values
    weight: Values


def prediction_powered(before: LabelledArm, after: LabelledArm, confidence: float) -> Corrected:
    """Correct two arms' rates and their difference (Angelopoulos et al. 2023, Science 382:669).

    A rate is the judge's mean over all probes plus the weighted mean of what people say less what
    the judge says over the labelled responses. The difference is the same of the judged changes
    and of the labelled responses of both arms, those of `after` counting twice and those of
    `before` minus twice, each arm with half of the weight.
    """
    rates = []
    for arm in (before, after):
        sample = _by_probe(arm.place, arm.people, arm.judge, arm.weight)
        ends = np.array([0.0, 1.0])
        estimate, low, high = _within(
            0.0,
            _interval(np.append(arm.predicted, ends), len(arm.predicted), sample, 1.0, confidence),
        )
        rates.append(CorrectedSide(estimate, low, high, arm.labels))
    interval = _interval(
        np.append(after.predicted - before.predicted, [-1.0, 1.0]),
        len(before.predicted),
        _of_both(before, after),
        2.0,
        confidence,
    )
    return Corrected(rates[0], rates[1], CorrectedDifference(*_within(-1.0, interval), METHOD))


def _within(least: float, interval: tuple[float, float, float]) -> tuple[float, float, float]:
    """Cut what lies outside of the possible range."""
    estimate, low, high = (min(1.0, max(least, value)) for value in interval)
    return estimate, low, high


def _of_both(before: LabelledArm, after: LabelledArm) -> Sample:
    """Return the labelled responses of both arms, signed, those of one probe as one cluster."""
    signs = np.repeat([-2.0, 2.0], [len(before.place), len(after.place)])
    half = [arm.weight / arm.weight.sum() for arm in (before, after)]
    return _by_probe(
        np.concatenate([before.place, after.place]),
        signs * np.concatenate([before.people, after.people]),
        signs * np.concatenate([before.judge, after.judge]),
        np.concatenate(half),
    )


def _by_probe(place: np.ndarray, people: Values, judge: Values, weight: Values) -> Sample:
    """Sum up the labelled responses of each probe, which is the unit."""
    _, cluster = np.unique(place, return_inverse=True)
    total = np.bincount(cluster, weight).astype(np.float64)
    return Sample(
        np.bincount(cluster, weight * people) / total,
        np.bincount(cluster, weight * judge) / total,
        total,
    )


def _interval(
    predicted: Values, n: int, sample: Sample, error: float, confidence: float
) -> tuple[float, float, float]:
    """Return the estimate and its interval; the last values of `predicted` are imagined.

    Imagined probes, and imagined errors of an average labelled response, one in each direction,
    widen the interval and leave the estimate: without them a sample in which nothing differs would
    be sure of itself.
    """
    from ppi_py import ppi_mean_ci, ppi_mean_pointestimate

    people, judge, weight = sample.people, sample.judge, sample.weight
    estimate = float(
        np.squeeze(ppi_mean_pointestimate(people, judge, predicted[:n], lam=1, w=weight))
    )
    imagined = np.full(2, weight.mean())
    low, high = ppi_mean_ci(
        np.append(people, [error, -error]),
        np.append(judge, [0.0, 0.0]),
        predicted,
        alpha=1 - confidence,
        lam=1,
        w=np.append(weight, imagined),
    )
    half = float(np.squeeze(high - low)) / 2 * (len(weight) + 2) / len(weight)
    return estimate, estimate - half, estimate + half
