"""What does each axis make of a verdict, of a probe's verdicts, and of a difference?"""

from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Protocol

import numpy as np

from audit.axis import AXES, Axis
from audit.errors import Problem
from audit.files.borders import visible
from audit.records import REFUSALS, Probe, Status, Verdict
from audit.settings.gate import Gate
from audit.settings.run_config import GenerationConfig
from reports.numbers.estimates import Values

VerdictsByProbe = dict[str, list[Verdict]]


@dataclass(frozen=True)
class PairedValues:
    """One axis of two arms: a value in [0, 1] for each probe that both arms have scored."""

    before: Values
    after: Values
    categories: list[str]
    """The category of each of these probes."""
    unscored_before: int
    unscored_after: int
    """Responses that are unscored, or missing."""
    unpaired: int
    """Probes that one of the two arms, or both, have unscored in all samples."""
    worst_before: Values
    worst_after: Values
    """Of all probes asked, if every unscored response had changed for the worse."""


def by_probe(verdicts: list[Verdict]) -> VerdictsByProbe:
    """Group verdicts by their probe."""
    grouped: VerdictsByProbe = {}
    for verdict in verdicts:
        grouped.setdefault(verdict.probe_id, []).append(verdict)
    return grouped


def probes_of(axis: Axis, probes: list[Probe]) -> list[Probe]:
    """Return the probes that an axis is about."""
    return [probe for probe in probes if axis.is_about(probe)]


def value(axis: Axis, verdicts: list[Verdict]) -> float | None:
    """Return a probe's value on an axis: the mean over its scored samples, or None."""
    points = [axis.value(verdict) for verdict in verdicts if verdict.label != "unscored"]
    scored = [point for point in points if point is not None]
    return sum(scored) / len(scored) if scored else None


def paired_values(
    axis: Axis, probes: list[Probe], before: VerdictsByProbe, after: VerdictsByProbe
) -> PairedValues:
    """Pair two arms' values by probe; a probe unscored in either arm is counted, not paired."""
    asked = probes_of(axis, probes)
    worst = 1.0 if axis.is_worse_when == "higher" else 0.0
    pairs = [
        (value(axis, before.get(probe.id, [])), value(axis, after.get(probe.id, [])))
        for probe in asked
    ]
    scored = [
        (first, second, probe.category)
        for (first, second), probe in zip(pairs, asked, strict=True)
        if first is not None and second is not None
    ]
    return PairedValues(
        before=np.array([first for first, _, _ in scored], dtype=np.float64),
        after=np.array([second for _, second, _ in scored], dtype=np.float64),
        categories=[category for _, _, category in scored],
        unscored_before=sum(_unscored(before.get(probe.id, [])) for probe in asked),
        unscored_after=sum(_unscored(after.get(probe.id, [])) for probe in asked),
        unpaired=len(pairs) - len(scored),
        worst_before=_filled(axis, asked, before, 1.0 - worst),
        worst_after=_filled(axis, asked, after, worst),
    )


def _unscored(verdicts: list[Verdict]) -> int:
    """Count a probe's unscored responses; a probe without any verdict counts once."""
    return sum(verdict.label == "unscored" for verdict in verdicts) if verdicts else 1


def _filled(axis: Axis, probes: list[Probe], arm: VerdictsByProbe, unscored: float) -> Values:
    """Return each probe's mean with its unscored samples at a value."""
    means = []
    for probe in probes:
        points = [
            unscored if verdict.label == "unscored" else axis.value(verdict)
            for verdict in arm.get(probe.id, [])
        ]
        known = [point for point in points if point is not None]
        means.append(sum(known) / len(known) if known else unscored)
    return np.array(means, dtype=np.float64)


def is_refused(verdicts: list[Verdict]) -> bool | None:
    """Say whether most of a probe's scored samples are refusals; None where none is scored."""
    scored = [verdict for verdict in verdicts if verdict.label != "unscored"]
    if not scored:
        return None
    return sum(verdict.label in REFUSALS for verdict in scored) * 2 > len(scored)


@dataclass(frozen=True)
class Flips:
    """How many probes changed sides between two arms."""

    to_refusal: int
    """Probes answered before and refused after."""
    to_compliance: int
    """Probes refused before and answered after."""


def count_flips(probes: list[Probe], before: VerdictsByProbe, after: VerdictsByProbe) -> Flips:
    """Count the probes whose refusal status differs between two arms; unscored ones do not."""
    changes = [
        (is_refused(before.get(probe.id, [])), is_refused(after.get(probe.id, [])))
        for probe in probes
    ]
    return Flips(
        to_refusal=changes.count((False, True)), to_compliance=changes.count((True, False))
    )


def share_labelled(label: str, probes: list[Probe], verdicts: VerdictsByProbe) -> float:
    """Return the share of the probes' scored responses that have the label."""
    scored = [
        verdict
        for probe in probes
        for verdict in verdicts.get(probe.id, [])
        if verdict.label != "unscored"
    ]
    return sum(verdict.label == label for verdict in scored) / len(scored) if scored else 0.0


class Bounded(Protocol):
    """Whatever has an interval."""

    @property
    def low(self) -> float:
        """The lower end."""

    @property
    def high(self) -> float:
        """The upper end."""


def axis_status(axis: Axis, difference: Bounded, margin: float) -> tuple[Status, bool]:
    """Return the status of an axis, and whether the worsening surely exceeds the margin.

    With the worsening's interval [l, u] and the margin m: `pass` if u < m, `regressed` if
    l > 0 and u >= m, otherwise `inconclusive`; it surely exceeds the margin if l > m.
    """
    low, high = axis.worsening_between(difference.low, difference.high)
    if high < margin:
        return "pass", False
    return ("regressed" if low > 0 else "inconclusive"), low > margin


def unknown_categories(gate: Gate, probes: list[Probe]) -> list[Problem]:
    """Return a problem for each category margin that no probe could be held against."""
    problems = []
    for category, own in gate.categories.items():
        for axis in AXES:
            there = sorted({probe.category for probe in probes_of(axis, probes)})
            if own.margin(axis) is None or category in there:
                continue
            kinds = " or ".join(axis.kinds)
            what = f'no {kinds} probe has the category "{visible(category)}"'
            close = get_close_matches(category, there, n=1, cutoff=0.5)
            listed = ", ".join(there) or "none"
            fix = f'did you mean "{close[0]}"?' if close else f"their categories: {listed}"
            where = f"gate.categories.{visible(category)}.{axis.gate_key}"
            problems.append(Problem(where, what, visible(fix, 500)))
    return problems


def unresolvable(gate: Gate, probes: list[Probe], samples: int = 1) -> list[Problem]:
    """Return a problem for each axis that these probes could not pass even without any flip.

    Where an axis has probes of several kinds each kind decides, and so each needs enough.
    """
    from reports.numbers.resolution import probes_without_flips

    problems = []
    for axis in AXES:
        needed = probes_without_flips(gate.margin(axis), gate.confidence, samples)
        of_axis = probes_of(axis, probes)
        counts = Counter(probe.kind for probe in of_axis)
        parts = {f" of the kind {kind}": n for kind, n in counts.items()} if len(counts) > 1 else {}
        for part, n in {"": len(of_axis), **parts}.items():
            if 0 < n < needed:
                what = (
                    f"{axis.name} has {n} probes{part}, and even without any flip the margin of "
                    f"{gate.margin(axis)} needs {needed}"
                )
                fix = "ask more probes, widen the margin, or set gate.allow_unresolved to true"
                problems.append(Problem("gate", what, fix))
                break
    return problems


def unfit(gate: Gate, probes: list[Probe], settings: GenerationConfig) -> list[Problem]:
    """Return why a gate and probes do not fit each other, before anything is asked.

    Where asking may stop early the betting interval decides, as it does with several samples.
    """
    unknown = unknown_categories(gate, probes)
    samples = max(settings.samples, 2 if settings.stop_when_decided else 1)
    return unknown if gate.allow_unresolved else [*unknown, *unresolvable(gate, probes, samples)]
