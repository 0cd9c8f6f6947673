"""Which of many arms is the best trade, and what does each prevented compliance cost?"""

from math import sqrt
from typing import Any

import numpy as np
from scipy.stats import norm

from audit.axis import AXES, HARMFUL_COMPLIANCE, OVER_REFUSAL, Axis, AxisName
from audit.records import Probe, Status
from audit.settings.gate import Gate
from reports.axes import VerdictsByProbe, axis_status, paired_values, probes_of, value
from reports.numbers.estimates import Values
from reports.numbers.paired import paired_difference
from reports.results.arms import Candidate, Choice, ExchangeRate, Place

PLANE: tuple[Axis, Axis] = (HARMFUL_COMPLIANCE, OVER_REFUSAL)
RESAMPLES = 1_000


def choose_arm(probes: list[Probe], arms: dict[str, VerdictsByProbe], gate: Gate) -> Choice:
    """Return each arm's place on the front, its status on every axis, and the recommended arm.

    Statuses here allow for choosing among the arms: with k arms beside before, each interval has
    the confidence 1 - (1 - c) / k (Bonferroni). Recommended is, of the arms that pass every
    axis, the one with the lowest harmful compliance, then the lowest over-refusal.
    """
    others = [arm for arm in arms if arm != "before"]
    if "before" not in arms or not others:
        return Choice(front={}, arms={}, confidence_of_each=None, recommended=None)
    confidence = 1 - (1 - gate.confidence) / len(others)
    statuses = {
        arm: _statuses(probes, arms["before"], arms[arm], gate, confidence) for arm in others
    }
    passing = [arm for arm in others if set(statuses[arm].values()) == {"pass"}]
    best = min(passing, key=lambda arm: _rates(probes, arms[arm]), default=None)
    return Choice(
        front=front_shares(probes, arms),
        arms={
            arm: Candidate(
                statuses=statuses[arm],
                exchange_rate=_exchange(probes, arms["before"], arms[arm], gate.confidence),
            )
            for arm in others
        },
        confidence_of_each=confidence,
        recommended=best,
    )


def front_shares(probes: list[Probe], arms: dict[str, VerdictsByProbe]) -> dict[str, Place]:
    """Say which arms no other arm beats on both rates, and how sure that is.

    `share` is the share of resamples of probes in which the arm is on the front; a probe and its
    twin are drawn together, and all arms with the same probes, so that the two rates and all arms
    move jointly.
    """
    matrices = [_matrix(axis, probes, arms) for axis in PLANE]
    if any(matrix.shape[1] == 0 for matrix in matrices):
        return {}
    weights = _cluster_weights(probes)
    names = list(arms)
    counts = np.zeros(len(names))
    for draw in weights:
        rates = np.array([_weighted(matrix, draw) for matrix in matrices])
        counts += _on_front(rates)
    now = _on_front(np.array([_weighted(matrix, np.ones(len(probes))) for matrix in matrices]))
    return {
        name: Place(on_front=bool(now[place]), share=float(counts[place] / len(weights)))
        for place, name in enumerate(names)
    }


def fieller(
    top: float, bottom: float, covariance: Values, confidence: float
) -> tuple[float | None, float | None]:
    """Return the interval of top / bottom (Fieller 1954, JRSS-B 16:175-185).

    It holds every ratio r with (top - r bottom)^2 <= z^2 var(top - r bottom). Where `bottom` may
    be zero it has no ends.
    """
    squared = float(norm.ppf((1 + confidence) / 2)) ** 2
    (first, shared), (_, second) = covariance
    quadratic = bottom**2 - squared * second
    linear = top * bottom - squared * shared
    constant = top**2 - squared * first
    root = linear**2 - quadratic * constant
    if quadratic <= 0 or root < 0:
        return None, None
    return (linear - sqrt(root)) / quadratic, (linear + sqrt(root)) / quadratic


def _statuses(
    probes: list[Probe],
    before: VerdictsByProbe,
    after: VerdictsByProbe,
    gate: Gate,
    confidence: float,
) -> dict[AxisName, Status]:
    found: dict[AxisName, Status] = {}
    for axis in AXES:
        values = paired_values(axis, probes, before, after)
        if len(values.before):
            difference = paired_difference(values.before, values.after, confidence)
            found[axis.name] = axis_status(axis, difference, gate.margin(axis))[0]
    return found


def _exchange(
    probes: list[Probe], before: VerdictsByProbe, after: VerdictsByProbe, confidence: float
) -> ExchangeRate | None:
    """Return the over-refusals paid for each harmful compliance prevented; None where none was.

    Both are shares of their own probes. The ends are null where the interval has none.
    """
    changes = [_changes(axis, probes, before, after) for axis in PLANE]
    if any(np.isnan(change).all() for change in changes):
        return None
    means = [float(np.nanmean(change)) for change in changes]
    prevented, paid = -means[0], means[1]
    if prevented <= 0:
        return None
    influence = [
        np.nan_to_num(sign * (change - mean) / np.isfinite(change).sum())
        for sign, change, mean in zip((-1, 1), changes, means, strict=True)
    ]
    by_cluster = [np.bincount(_clusters(probes), part) for part in influence]
    groups = len(by_cluster[0])
    covariance = np.asarray(groups * np.cov(np.array(by_cluster[::-1]), ddof=1), dtype=np.float64)
    low, high = fieller(paid, prevented, covariance, confidence)
    return ExchangeRate(paid / prevented, low, high)


def _changes(
    axis: Axis, probes: list[Probe], before: VerdictsByProbe, after: VerdictsByProbe
) -> Values:
    """Return after minus before for every probe, not a number where it is not of the axis."""
    matrix = _matrix(axis, probes, {"before": before, "after": after})
    changes: Values = matrix[1] - matrix[0]
    return changes


def _matrix(axis: Axis, probes: list[Probe], arms: dict[str, VerdictsByProbe]) -> Values:
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


def _clusters(probes: list[Probe]) -> Any:
    keys = [min(probe.id, probe.twin or probe.id) for probe in probes]
    return np.unique(keys, return_inverse=True)[1]


def _cluster_weights(probes: list[Probe]) -> Values:
    """Return, for each resample, how often each probe was drawn, twins together."""
    clusters = _clusters(probes)
    groups = int(clusters.max()) + 1
    drawn = np.random.default_rng(0).multinomial(groups, np.full(groups, 1 / groups), RESAMPLES)
    weights: Values = drawn[:, clusters].astype(np.float64)
    return weights


def _weighted(matrix: Values, weights: Values) -> Values:
    scored = np.isfinite(matrix) * weights
    totals = scored.sum(axis=1)
    sums = (np.nan_to_num(matrix) * scored).sum(axis=1)
    return np.asarray(sums / np.where(totals, totals, np.nan), dtype=np.float64)


def _on_front(rates: Values) -> Values:
    """Say for each arm whether no other is at least as low on both rates and lower on one."""
    lower_or_equal = (rates[:, :, None] <= rates[:, None, :]).all(axis=0)
    lower = (rates[:, :, None] < rates[:, None, :]).any(axis=0)
    beaten = np.asarray((lower_or_equal & lower).any(axis=0))
    return np.asarray(~beaten, dtype=np.float64)


def _rates(probes: list[Probe], verdicts: VerdictsByProbe) -> tuple[float, ...]:
    found = []
    for axis in PLANE:
        values = paired_values(axis, probes, verdicts, verdicts).before
        found.append(float(values.mean()) if len(values) else 0.0)
    return tuple(found)
