"""What happens in a sweep? One run after another, each failure its own, and one page on all."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.errors import AuditError, InputError, Problem
from audit.files.lines import write_atomically
from audit.files.locking import locked, refuse_used
from audit.jobs import stages
from audit.jobs.one_engine import ask_with_one_engine
from audit.jobs.taking_up import refuse_another_run
from audit.jobs.trained_arms import write_trained_arms
from audit.run.arm import BEFORE
from audit.run.directory import RunDirectory
from audit.run.messages import Tell
from audit.run.seals import refuse_changed_files
from audit.run.sweep_directory import SweepDirectory
from audit.settings.run_config import RunConfig
from audit.settings.sweep import SEED
from audit.settings.sweep_points import Grid, Point
from audit.settings.yaml_file import dump, load_run_config

if TYPE_CHECKING:
    from audit.records import Status
    from reports.results.swept import Recipe, Swept, SweptRun

Watched = Callable[[Point | None], AbstractContextManager[Tell]]
"""Gives each run, and what is done for several, a place to tell its progress to."""


@dataclass(frozen=True)
class Member:
    """One run of a sweep, which was begun by the command."""

    point: Point
    run: RunDirectory
    command: str


def sweep(grid: Grid, root: Path, command: str, watched: Watched, *, resume: bool) -> "Swept":
    """Make every run that is not finished, then hold all that ended beside each other.

    The first run goes all its way, so that what is wrong with all of them shows at once. The
    others take over what it has, are trained one after another, and are asked with one start of
    the engine. A run that fails is noted with its reason, and the next one begins. Values may be
    added to a sweep between two calls; its other settings may not change.

    Raises:
        InputError: the folder holds something else, or another audit is working there.
    """
    folder = SweepDirectory(root)
    root.mkdir(parents=True, exist_ok=True)
    with locked(root, "sweep", wait_seconds=0):
        _begin(grid, folder, resume=resume)
        members = [Member(point, folder.run(point.name), command) for point in grid.points]
        failures: dict[str, str] = {}
        for member in members:
            with watched(member.point) as tell, _noted(member, failures, tell):
                _train(member, [other.run for other in members if other is not member], tell)
        with watched(None) as tell:
            _ask_together([one for one in members if one.point.name not in failures], tell)
            ended = [_ended(member, failures, tell) for member in members]
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


@contextmanager
def _noted(member: Member, failures: dict[str, str], tell: Tell) -> Iterator[None]:
    """Note a failure with its reason, so that the next run can begin."""
    try:
        yield
    except AuditError as error:
        failures[member.point.name] = " ".join(error.lines())
        tell(f"{member.point.name} failed: {failures[member.point.name]}")


def _train(member: Member, others: Sequence[RunDirectory], tell: Tell) -> None:
    """Train a run that is not finished; the first one goes all its way."""
    run, config = member.run, member.point.config
    if _is_finished(run):
        return
    if not any(_has_answers(other) for other in others):
        stages.train_and_compare(config, run.root, member.command, tell, resume=True)
        return
    stages.refuse_unusable_model(config, run.root)
    with run.claimed():
        stages.begin_and_train(config, run, member.command, tell, resume=True, lenders=others)


def _ask_together(members: Sequence[Member], tell: Tell) -> None:
    """Ask all runs that are trained with one start of the engine, as far as that is possible."""
    with ExitStack() as held:
        runs = [one.run for one in members if _is_trained(one.run, held)]
        ask_with_one_engine(runs, "runs", tell)


def _is_trained(run: RunDirectory, held: ExitStack) -> bool:
    """Say whether a run has arms that are not asked, and hold its lock then."""
    try:
        if _is_finished(run):
            return False
        held.enter_context(run.claimed())
        return not all(arm.asked for arm in write_trained_arms(run).arms.values())
    except AuditError:
        return False  # the run itself will say so


def _ended(member: Member, failures: dict[str, str], tell: Tell) -> "SweptRun":
    """Bring a run that has not failed to its end, and say how it ended."""
    from reports.results.comparison import read_comparison
    from reports.results.swept import SweptRun

    name, run, config = member.point.name, member.run, member.point.config
    verdict: Status | None = None
    if name not in failures:
        with _noted(member, failures, tell):
            if _is_finished(run):
                refuse_another_run(run, config, resume=True)
                verdict = read_comparison(run).verdict
            else:
                tell(f"judging and comparing {name}")
                verdict = stages.train_and_compare(
                    config, run.root, member.command, tell, resume=True
                )
    return SweptRun(name, member.point.settings, verdict, failures.get(name))


def _is_finished(run: RunDirectory) -> bool:
    return run.manifest.exists() and run.read_manifest().done.report


def _has_answers(run: RunDirectory) -> bool:
    """Say whether a run has asked `before`; what is wrong with a run is for itself to say."""
    try:
        return run.manifest.exists() and run.read_manifest().arms[BEFORE].asked
    except InputError:
        return False


def _conclude(grid: Grid, folder: SweepDirectory, ended: "list[SweptRun]") -> "Swept":
    """Write what came of all runs, and their page where any has come to its end."""
    from reports.results.swept import Swept, write_swept

    swept = Swept(ended, list(_recipes(grid, folder, ended)))
    write_swept(folder.summary, swept)
    finished = [folder.run(run.name) for run in ended if run.verdict]
    if finished:
        report_many(finished, folder.page, swept)
    return swept


def report_many(runs: Sequence[RunDirectory], page: Path, swept: "Swept | None" = None) -> None:
    """Write one page on several compared runs; `swept` is how those of a sweep ended."""
    from reports.page.facts import read_facts
    from reports.page.runs_page import render_runs

    for run in runs:
        refuse_changed_files(run)
    write_atomically(page, render_runs([read_facts(run) for run in runs], page, swept))


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
