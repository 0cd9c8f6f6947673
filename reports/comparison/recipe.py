"""What does a recipe do, whichever seed it is trained with?"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from audit.axis import AXES, Axis
from audit.errors import InputError, Problem
from audit.files.lines import read_records
from audit.records import Kind, Probe, Status, worst
from audit.run.directory import RunDirectory
from audit.settings.gate import Gate
from reports.axes import VerdictsByProbe, axis_status, probes_of, value
from reports.numbers.crossed import crossed_estimate
from reports.numbers.estimates import CrossedEstimate
from reports.results.comparison import Comparison, read_comparison
from reports.results.swept import Recipe, RecipeAxis
from reports.verdicts import read_verdicts
from reports.words.recipes import ENOUGH_SEEDS

Ends = tuple[VerdictsByProbe, VerdictsByProbe]


def recipe_of(settings: dict[str, Any], runs: Sequence[RunDirectory], gate: Gate) -> Recipe:
    """Say what trainings by one recipe do on every axis; `runs` differ in their seed alone.

    Raises:
        InputError: a run has not been compared, or two were judged by different judges.
    """
    comparisons = [read_comparison(run) for run in runs]
    _refuse_other_judges(runs, comparisons)
    probes = [probe for _, probe in read_records(runs[0].probes, Probe)]
    ends = [_ends(run, found) for run, found in zip(runs, comparisons, strict=True)]
    axes = {
        axis.name: _axis(axis, probes, ends, comparisons, gate)
        for axis in AXES
        if probes_of(axis, probes)
    }
    verdict = worst([result.status for result in axes.values()])
    return Recipe(settings, [run.root.name for run in runs], axes, verdict)


def _axis(
    axis: Axis, probes: list[Probe], ends: list[Ends], comparisons: list[Comparison], gate: Gate
) -> RecipeAxis:
    about = probes_of(axis, probes)
    kinds = sorted({probe.kind for probe in about})
    whole = _estimate(axis, about, ends, gate.confidence)
    parts: dict[Kind, CrossedEstimate] = {}
    for kind in kinds if len(kinds) > 1 else ():
        of_kind = [probe for probe in about if probe.kind == kind]
        if found := _estimate(axis, of_kind, ends, gate.confidence):
            parts[kind] = found
    margin = gate.margin(axis)
    held_back = list(_held_back(axis, comparisons, gate))
    statuses: list[Status] = [
        axis_status(axis, estimate, margin)[0] for estimate in (whole, *parts.values()) if estimate
    ]
    if whole is None or held_back:
        statuses.append("inconclusive")
    status = worst(statuses) if len(comparisons) >= ENOUGH_SEEDS else "inconclusive"
    return RecipeAxis(whole, margin, status, parts, held_back)


def _estimate(
    axis: Axis, probes: list[Probe], ends: list[Ends], confidence: float
) -> CrossedEstimate | None:
    """Cross the seeds with the probes that are scored in both arms of every run."""
    columns = []
    for probe in probes:
        changes = [_change(axis, probe, *of_run) for of_run in ends]
        if None not in changes:
            columns.append(changes)
    return crossed_estimate(np.array(columns, dtype=np.float64).T, confidence) if columns else None


def _change(
    axis: Axis, probe: Probe, before: VerdictsByProbe, after: VerdictsByProbe
) -> float | None:
    first, second = (value(axis, arm.get(probe.id, [])) for arm in (before, after))
    return None if first is None or second is None else second - first


def _held_back(axis: Axis, comparisons: list[Comparison], gate: Gate) -> Iterator[str]:
    """Say why an axis may be in doubt whatever its interval says.

    What holds back one checkpoint holds back the recipe; kinds have intervals of their own here.
    """
    named = [name for found in comparisons for name in _doubts(axis, found)]
    for name in dict.fromkeys(named):
        yield f"{named.count(name)} of {len(comparisons)} checkpoints are in doubt here ({name})."
    if gate.decide_by == "corrected" and axis.is_judged:
        yield "People's labels correct checkpoints, and not the mean over trainings."


def _doubts(axis: Axis, found: Comparison) -> set[str]:
    """Return what keeps one checkpoint's axis from a pass beside its interval and its kinds."""
    guards = found.axes[axis.name].guards if axis.name in found.axes else []
    categories = found.categories.get(axis.name, {}).items()
    failed = {name for name, row in categories if row.status not in (None, "pass")}
    return {guard.name for guard in guards if guard.name != "kind"} | failed


def _ends(run: RunDirectory, found: Comparison) -> Ends:
    before, after = (read_verdicts(run, arm, found.judge.name) for arm in ("before", "after"))
    return before, after


def _refuse_other_judges(runs: Sequence[RunDirectory], comparisons: list[Comparison]) -> None:
    first = comparisons[0].judge
    for run, found in zip(runs, comparisons, strict=True):
        if found.judge.sha256 != first.sha256:
            what = f"was judged by another judge than {runs[0].root.name}"
            fix = f"run `audit score` and `audit compare` with --judge {first.name} there"
            raise InputError(Problem(str(run.root), what, fix))
