"""In which region of the trade-off plane do the two rates of an arm lie together?"""

import numpy as np
from numpy.typing import NDArray

from audit.axis import HARMFUL_COMPLIANCE, OVER_REFUSAL, Axis
from audit.records import Probe
from reports.axes import VerdictsByProbe, probes_of, value
from reports.numbers.estimates import Values
from reports.results.arms import Region

PLANE: tuple[Axis, Axis] = (HARMFUL_COMPLIANCE, OVER_REFUSAL)
RESAMPLES = 2_000
BATCH = 100
"""Resamples that are drawn at a time: all of them would take gigabytes where probes are many."""
IMAGINED = (0.0, 0.0, 1.0, 1.0)


def joint_regions(
    probes: list[Probe], arms: dict[str, VerdictsByProbe], confidence: float
) -> dict[str, Region]:
    """Return, for each arm, the ellipse that holds both its rates at once with the confidence.

    Both rates come from one resampling of the probes, in which a probe and its twin are drawn
    together. On each axis four imagined probes join it, two of each outcome (Agresti and Coull
    1998), so that the region has a size where all probes agree. The ellipse is the normal
    distribution's with the mean and covariance of the resampled rates.
    """
    parts = [_by_cluster(axis, place, probes, arms) for place, axis in enumerate(PLANE)]
    drawn = _resampled(*(np.array(part) for part in zip(*parts, strict=True)))
    regions = {}
    for place, name in enumerate(arms):
        up, across = drawn[0, place], drawn[1, place]
        spread = np.cov(across, up)
        regions[name] = Region(
            across=float(across.mean()),
            up=float(up.mean()),
            across_variance=float(spread[0, 0]),
            up_variance=float(spread[1, 1]),
            covariance=float(spread[0, 1]),
            confidence=confidence,
        )
    return regions


def _by_cluster(
    axis: Axis, place: int, probes: list[Probe], arms: dict[str, VerdictsByProbe]
) -> tuple[Values, Values]:
    """Return each arm's sum and number of values by cluster; imagined probes are the last eight.

    Both have one row an arm and one column a cluster, four for each axis of the plane at the end.
    """
    matrix, clusters = axis_matrix(axis, probes, arms), clusters_of(probes)
    real = int(clusters.max()) + 1
    shape = (len(arms), real + len(PLANE) * len(IMAGINED))
    sums, counts = np.zeros(shape), np.zeros(shape)
    for row, values in enumerate(matrix):
        scored = np.isfinite(values)
        sums[row, :real] = np.bincount(clusters[scored], values[scored], real)
        counts[row, :real] = np.bincount(clusters[scored], minlength=real)
    own = slice(real + place * len(IMAGINED), real + (place + 1) * len(IMAGINED))
    sums[:, own], counts[:, own] = IMAGINED, 1.0
    return sums, counts


def _resampled(sums: Values, counts: Values) -> Values:
    """Return the rates of every resample, by axis, arm and resample."""
    groups = sums.shape[-1]
    rng, chances = np.random.default_rng(0), np.full(groups, 1 / groups)
    drawn = []
    for _ in range(RESAMPLES // BATCH):
        weights = rng.multinomial(groups, chances, BATCH).astype(np.float64).T
        drawn.append((sums @ weights) / np.maximum(counts @ weights, 1.0))
    rates: Values = np.concatenate(drawn, axis=-1)
    return rates


def axis_matrix(axis: Axis, probes: list[Probe], arms: dict[str, VerdictsByProbe]) -> Values:
    """Return one row an arm and one column a probe; not a number where it has no value."""
    of_axis = {probe.id for probe in probes_of(axis, probes)}
    rows = [
        [
            value(axis, verdicts.get(probe.id, [])) if probe.id in of_axis else None
            for probe in probes
        ]
        for verdicts in arms.values()
    ]
    return np.array(rows, dtype=np.float64)


def clusters_of(probes: list[Probe]) -> NDArray[np.intp]:
    """Return a number for each probe, the same for a probe and its twin."""
    keys = [min(probe.id, probe.twin or probe.id) for probe in probes]
    numbers: NDArray[np.intp] = np.unique(keys, return_inverse=True)[1]
    return numbers
