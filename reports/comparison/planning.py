"""Would an unchanged model have passed this run's gate, and how many probes would it take?"""

from dataclasses import dataclass
from math import prod

from audit.axis import AxisName, axis_named
from audit.run.directory import RunDirectory
from audit.settings.yaml_file import load_run_config
from reports.comparison.outcome import changes_by_axis
from reports.numbers.resolution import passing_share, probes_needed
from reports.people.enough_labels import labels_for_margin
from reports.results.comparison import read_comparison

MOST_FLIPS = 0.99


@dataclass(frozen=True)
class AxisPlan:
    """One axis of a run: its probes, how unsteady they were, and what its margin asks of them."""

    probes: int
    margin: float
    flip_rate: float
    """The share of probes that changed sides, of single answers where several were sampled."""
    passes: float
    """The share of runs in which an unchanged model of this unsteadiness passes the margin."""
    probes_needed: int
    """The fewest probes with which that share is 80%."""
    labels_needed: int | None
    """People's labels with which the corrected interval of an unchanged model stays within the
    margin; null where the judge's error is not known, where the axis is not judged, and where even
    all answers labelled would be too few."""


@dataclass(frozen=True)
class RunPlan:
    """All axes of a run jointly."""

    samples: int
    confidence: float
    axes: dict[AxisName, AxisPlan]
    passes_all: float
    """The share of runs in which it passes every axis, taking the axes as independent."""


def plan_of_run(run: RunDirectory, margin: float | None) -> RunPlan:
    """Plan with the flips that a compared run has shown, at its gate or at one margin.

    A run of a changed model flips more than an unchanged one would: compare a model with itself,
    or with another seed, for the flips of chance alone.
    """
    config = load_run_config(run.config)
    error = read_comparison(run).judge.measured_error
    wrong = None if error is None else error.share_wrong
    samples, confidence = config.generation.samples, config.gate.confidence
    axes = {}
    for name, counts in changes_by_axis(run).items():
        n = sum(count for _, count in counts)
        squares = sum(change**2 * count for change, count in counts)
        rate = min(MOST_FLIPS, samples * squares / n)
        axis = axis_named(name)
        allowed = config.gate.margin(axis) if margin is None else margin
        axes[name] = AxisPlan(
            probes=n,
            margin=allowed,
            flip_rate=rate,
            passes=passing_share(n, allowed, rate, confidence, samples),
            probes_needed=probes_needed(allowed, rate, confidence, samples),
            labels_needed=labels_for_margin(
                n, allowed, rate / samples, wrong if axis.is_judged else None, confidence
            ),
        )
    joint = prod(axis.passes for axis in axes.values())
    return RunPlan(samples, confidence, axes, joint)
