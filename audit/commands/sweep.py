"""Which command trains with several values of some settings, and holds all runs together?"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from audit.commands.endings import goes_on_with, this_command
from audit.commands.options import AS_JSON, FILE, FOLDER
from audit.commands.saying import say
from audit.errors import StageFailed

if TYPE_CHECKING:
    from audit.jobs.preflight import Outlook
    from audit.run.messages import Tell
    from audit.settings.sweep_points import Grid, Point
    from reports.results.swept import Swept

Outlooks = dict[str, "Outlook"]
"""What each run will do, by its name."""


@click.command("sweep")
@click.argument("config", type=FILE)
@click.option("--out", type=FOLDER, required=True, help="The folder of the sweep and its runs.")
@click.option("--resume", is_flag=True, help="Continue the sweep in --out where it stopped.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="As train.max_steps=9.")
@click.option("--dry-run", is_flag=True, help="Check every run, say what it would do, and stop.")
@AS_JSON
def sweep_(
    config: Path,
    out: Path,
    resume: bool,  # noqa: FBT001 - a flag
    settings: tuple[str, ...],
    dry_run: bool,  # noqa: FBT001 - a flag
    as_json: bool,  # noqa: FBT001 - a flag
) -> None:
    """Make a run for every combination of the values under `sweep`, and one page on all of them.

    A run that fails leaves the others alone; it is tried again with --resume, and the exit code
    is then 5. Where train.seed has several values, each recipe is judged over its seeds too.
    """
    from audit.commands.terminal import Terminal
    from audit.jobs.sweeping import sweep
    from audit.settings.sweep_points import load_grid

    grid = load_grid(config, settings)
    outlooks = _look_ahead(grid, out, dry_run=dry_run)
    if dry_run:
        _say_outlooks(grid, outlooks, as_json=as_json)
        return
    overrides = [part for setting in settings for part in ("--set", setting)]
    command = this_command()
    goes_on_with("sweep", config, "--out", out, "--resume", *overrides)

    @contextmanager
    def watched(point: "Point | None") -> Iterator["Tell"]:
        with Terminal() as terminal:
            if point is not None:
                number = grid.points.index(point) + 1
                terminal.tell(f"run {number} of {len(grid.points)}: {point.name}")
                terminal.expect(outlooks[point.name], point.config)
            yield terminal.tell

    swept = sweep(grid, out, command, watched, resume=resume)
    _say_swept(swept, out, as_json=as_json)


def _look_ahead(grid: "Grid", out: Path, *, dry_run: bool) -> Outlooks:
    """Check every run before the first one starts."""
    from audit.jobs.preflight import look_ahead

    return {point.name: look_ahead(point.config, out, dry_run=dry_run) for point in grid.points}


def _say_outlooks(grid: "Grid", outlooks: Outlooks, *, as_json: bool) -> None:
    from audit.commands.time_left import duration
    from audit.settings.sweep_points import described

    if as_json:
        rows = [
            {"name": point.name, "settings": point.settings}
            | outlooks[point.name].as_json(point.config)
            for point in grid.points
        ]
        click.echo(json.dumps({"runs": rows}))
        return
    for point in grid.points:
        say(f"{point.name}: {described(point.settings)}")
        for line in outlooks[point.name].lines(point.config):
            say(f"  {line}")
    seconds = [outlook.seconds for outlook in outlooks.values()]
    known = [one for one in seconds if one is not None]
    about = f"about {duration(sum(known))}" if len(known) == len(seconds) else "not estimated"
    say(f"{len(grid.points)} runs, {about}; answers before training are asked for once")


def _say_swept(swept: "Swept", root: Path, *, as_json: bool) -> None:
    """Print how each run ended and what each recipe does, and fail where a run failed."""
    from audit.run.sweep_directory import SweepDirectory
    from reports.words.recipes import recipe_lines

    folder = SweepDirectory(root)
    failed = [run for run in swept.runs if run.failure]
    if as_json:
        click.echo(folder.summary.read_text(encoding="utf-8"), nl=False)
    else:
        for run in swept.runs:
            say(f"{run.name}: {run.verdict.upper() if run.verdict else f'failed: {run.failure}'}")
        for line in (line for recipe in swept.recipes for line in recipe_lines(recipe)):
            say(line)
        if len(failed) < len(swept.runs):
            say(f"page: {folder.page}")
    if failed:
        names = ", ".join(run.name for run in failed)
        counted = f"{len(failed)} of {len(swept.runs)} runs"
        raise StageFailed(f"{counted} failed ({names}); mend the cause, then use --resume")


SWEEP_COMMANDS: tuple[click.Command, ...] = (sweep_,)
