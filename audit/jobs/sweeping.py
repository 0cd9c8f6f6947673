"""What happens in a sweep? One run after another, each failure its own, and one page on all."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.errors import AuditError, InputError, Problem
from audit.files.lines import write_atomically
from audit.files.locking import locked, refuse_used
from audit.jobs import stages
from audit.records import Status
from audit.run.directory import RunDirectory
from audit.run.messages import Tell
from audit.run.sweep_directory import SweepDirectory
from audit.settings.run_config import RunConfig
from audit.settings.sweep import SEED
from audit.settings.sweep_points import Grid, Point
from audit.settings.yaml_file import dump, load_run_config

if TYPE_CHECKING:
    from reports.results.swept import Recipe, Swept, SweptRun

Watched = Callable[[Point], AbstractContextManager[Tell]]
"""Gives each run a place to tell its progress to."""


def sweep(grid: Grid, root: Path, command: str, watched: Watched, *, resume: bool) -> "Swept":
    """Make every run that is not finished, then hold all that ended beside each other.

    A run that fails is noted with its reason and the next one begins. Values may be added to a
    sweep between two calls; its other settings may not change.

    Raises:
        InputError: the folder holds something else, or another audit is working there.
    """
    folder = SweepDirectory(root)
    root.mkdir(parents=True, exist_ok=True)
    with locked(root, "sweep", wait_seconds=0):
        _begin(grid, folder, resume=resume)
        ended: list[SweptRun] = []
        for point in grid.points:
            lenders = [folder.run(other.name) for other in grid.points if other is not point]
            with watched(point) as tell:
                ended.append(_run(point, folder, lenders, command, tell))
        return _conclude(grid, folder, ended)


def _begin(grid: Grid, folder: SweepDirectory, *, resume: bool) -> None:
    if folder.config.exists():
        _refuse_another(grid.config, folder, resume=resume)
    else:
        refuse_used(folder.root)
    write_atomically(folder.config, dump(grid.config))


def _refuse_another(config: RunConfig, folder: SweepDirectory, *, resume: bool) -> None:
    if not resume:
        fix = "add --resume to continue it, or name a new folder"
        raise InputError(Problem(str(folder.root), "the folder holds a sweep already", fix))
    stored, now = load_run_config(folder.config).model_dump(), config.model_dump()
    differing = [key for key in now if now[key] != stored[key] and key != "sweep"]
    if differing:
        what = f"the sweep was begun with another {', '.join(differing)}"
        fix = "undo the change (values of `sweep` may be added), or start a new sweep"
        raise InputError(Problem(str(folder.root), what, fix))


def _run(
    point: Point,
    folder: SweepDirectory,
    lenders: Sequence[RunDirectory],
    command: str,
    tell: Tell,
) -> "SweptRun":
    """Bring one run to its end, and note why where it does not get there."""
    from reports.results.swept import SweptRun

    try:
        verdict = _verdict(folder.run(point.name), point.config, lenders, command, tell)
    except AuditError as error:
        failure = " ".join(error.lines())
        tell(f"{point.name} failed: {failure}")
        return SweptRun(point.name, point.settings, None, failure)
    return SweptRun(point.name, point.settings, verdict, None)


def _verdict(
    run: RunDirectory,
    config: RunConfig,
    lenders: Sequence[RunDirectory],
    command: str,
    tell: Tell,
) -> Status:
    from reports.results.comparison import read_comparison

    if run.manifest.exists() and run.read_manifest().done.report:
        stages.refuse_another_run(run, config, resume=True)
        return read_comparison(run).verdict
    return stages.train_and_compare(config, run.root, command, tell, resume=True, lenders=lenders)


def _conclude(grid: Grid, folder: SweepDirectory, ended: "list[SweptRun]") -> "Swept":
    """Write what came of all runs, and their page where any has come to its end."""
    from reports.results.swept import Swept, write_swept

    swept = Swept(ended, list(_recipes(grid, folder, ended)))
    write_swept(folder.summary, swept)
    finished = [folder.run(run.name) for run in ended if run.verdict]
    if finished:
        stages.report_many(finished, folder.page, swept)
    return swept


def _recipes(grid: Grid, folder: SweepDirectory, ended: "Iterable[SweptRun]") -> "Iterable[Recipe]":
    """Yield each recipe of which two trainings or more have ended."""
    from reports.comparison.recipe import recipe_of

    trained: dict[str, tuple[dict[str, Any], list[RunDirectory]]] = {}
    for run in ended:
        if run.verdict and SEED in run.settings:
            beside = {key: value for key, value in run.settings.items() if key != SEED}
            trained.setdefault(repr(beside), (beside, []))[1].append(folder.run(run.name))
    for settings, runs in trained.values():
        if len(runs) > 1:
            yield recipe_of(settings, runs, grid.config.gate)
