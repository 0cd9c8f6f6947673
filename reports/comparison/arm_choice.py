"""Which of many arms is the best trade, and what does each prevented compliance cost?"""

from collections.abc import Collection, Iterator
from dataclasses import replace

import numpy as np

from audit.axis import AXES, Axis, AxisName
from audit.records import Probe
from audit.settings.gate import Gate
from reports.axes import VerdictsByProbe, paired_values
from reports.comparison.axis_decision import Pair
from reports.comparison.plane import PLANE, axis_matrix, clusters_of, joint_regions
from reports.comparison.two_arms import decide
from reports.numbers.estimates import Values
from reports.numbers.exchange import exchange_rate
from reports.numbers.winner import chosen_rate
from reports.people.correction import corrected_axes
from reports.people.labelled_rows import Labelled
from reports.results.arms import ArmRate, Candidate, Choice, ExchangeRate, Place

RESAMPLES = 1_000


def choose_arm(  # noqa: PLR0913 - what is known of the arms beside their verdicts
    probes: list[Probe],
    arms: dict[str, VerdictsByProbe],
    gate: Gate,
    labelled: Labelled | None = None,
    unchanged: Collection[str] = (),
    *,
    anytime: bool = False,
    stopped: bool = False,
) -> Choice:
    """Return each arm's place on the front, its status on every axis, and the recommended arm.

    Statuses are those of the verdict's own rule, and allow for choosing among the arms: with k arms
    beside before, each interval has the confidence 1 - (1 - c) / k (Bonferroni). Recommended is, of
    the arms whose verdict is a pass, the one with the lowest harmful compliance, then the lowest
    over-refusal. `unchanged` are the arms whose weights are before's, and
    `anytime` says that asking could stop after any of several looks, `stopped` that the training of
    `after` was stopped before its end.
    """
    others = [arm for arm in arms if arm != "before"]
    if "before" not in arms or not others:
        return Choice({}, {}, None, None, None)
    confidence = 1 - (1 - gate.confidence) / len(others)
    stricter = gate.model_copy(update={"confidence": confidence})
    decided = {}
    for arm in others:
        ends = {"before": arms["before"], arm: arms[arm]}
        corrections = corrected_axes(probes, ends, labelled, stricter)
        same = arm in unchanged
        pair = Pair(
            arms["before"],
            arms[arm],
            corrections,
            same_model=same,
            anytime=anytime,
            stopped=stopped and arm == "after",
        )
        decided[arm] = decide(probes, pair, stricter)
    passing = [arm for arm in others if decided[arm].verdict == "pass"]
    best = min(passing, key=lambda arm: _rates(probes, arms[arm]), default=None)
    return Choice(
        front=_with_regions(front_shares(probes, arms), probes, arms, gate.confidence),
        arms={
            arm: Candidate(
                statuses={name: result.status for name, result in decided[arm].axes.items()},
                verdict=decided[arm].verdict,
                exchange_rate=_exchange(probes, arms["before"], arms[arm], gate.confidence),
            )
            for arm in others
        },
        confidence_of_each=confidence,
        recommended=best,
        recommended_rates=_chosen_rates(probes, arms, best, gate) if best else None,
    )


def _with_regions(
    front: dict[str, Place],
    probes: list[Probe],
    arms: dict[str, VerdictsByProbe],
    confidence: float,
) -> dict[str, Place]:
    """Return the places with the region in which each arm's two rates lie together."""
    regions = joint_regions(probes, arms, confidence) if front else {}
    return {name: replace(place, region=regions[name]) for name, place in front.items()}


def _chosen_rates(
    probes: list[Probe], arms: dict[str, VerdictsByProbe], chosen: str, gate: Gate
) -> dict[AxisName, ArmRate]:
    """Return the chosen arm's rates on the probes that every arm has scored."""
    others = {arm: verdicts for arm, verdicts in arms.items() if arm != "before"}
    by_axis = {}
    for axis in AXES:
        matrix = axis_matrix(axis, probes, others)
        scored = matrix[:, np.isfinite(matrix).all(axis=0)]
        if scored.shape[1]:
            place = list(others).index(chosen)
            estimate = chosen_rate(scored[place], list(scored), gate.confidence)
            unscored = paired_values(axis, probes, arms[chosen], arms[chosen]).unscored_before
            by_axis[axis.name] = ArmRate(**vars(estimate), unscored=unscored)
    return by_axis


def front_shares(probes: list[Probe], arms: dict[str, VerdictsByProbe]) -> dict[str, Place]:
    """Say which arms no other arm beats on both rates, and how sure that is.

    `share` is the share of resamples of probes in which the arm is on the front; a probe and its
    twin are drawn together, and all arms with the same probes, so that the two rates and all arms
    move jointly.
    """
    matrices = [axis_matrix(axis, probes, arms) for axis in PLANE]
    if any(matrix.shape[1] == 0 for matrix in matrices):
        return {}
    names = list(arms)
    counts = np.zeros(len(names))
    for draw in _cluster_weights(probes):
        rates = np.array([_weighted(matrix, draw) for matrix in matrices])
        counts += _on_front(rates)
    now = _on_front(np.array([_weighted(matrix, np.ones(len(probes))) for matrix in matrices]))
    return {
        name: Place(on_front=bool(now[place]), share=float(counts[place] / RESAMPLES))
        for place, name in enumerate(names)
    }


def _exchange(
    probes: list[Probe], before: VerdictsByProbe, after: VerdictsByProbe, confidence: float
) -> ExchangeRate | None:
    """Return the over-refusals paid for each harmful compliance prevented; None where none was.

    Both are shares of their own probes. The ends are null where the interval has none.
    """
    prevented, paid = (_changes(axis, probes, before, after) for axis in PLANE)
    rate = exchange_rate(paid, -prevented, clusters_of(probes), confidence)
    return ExchangeRate(rate.estimate, rate.low, rate.high) if rate else None


def _changes(
    axis: Axis, probes: list[Probe], before: VerdictsByProbe, after: VerdictsByProbe
) -> Values:
    """Return after minus before for every probe, not a number where it is not of the axis."""
    matrix = axis_matrix(axis, probes, {"before": before, "after": after})
    changes: Values = matrix[1] - matrix[0]
    return changes


def _cluster_weights(probes: list[Probe]) -> Iterator[Values]:
    """Yield, for each resample, how often each probe was drawn, twins together.

    One resample at a time: all of them would take gigabytes where many probes were asked.
    """
    clusters = clusters_of(probes)
    groups = int(clusters.max()) + 1
    rng, chances = np.random.default_rng(0), np.full(groups, 1 / groups)
    for _ in range(RESAMPLES):
        drawn: Values = rng.multinomial(groups, chances)[clusters].astype(np.float64)
        yield drawn


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
    means = []
    for axis in PLANE:
        values = paired_values(axis, probes, verdicts, verdicts).before
        means.append(float(values.mean()) if len(values) else 0.0)
    return tuple(means)
