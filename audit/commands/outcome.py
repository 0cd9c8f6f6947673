"""How does the command say what a run will do, and what came of it, at any width of a screen?"""

import json
import os
import shutil
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import click

from audit.commands.saying import say
from audit.files.borders import terminal_line
from audit.run.directory import RunDirectory

if TYPE_CHECKING:
    from audit.jobs.preflight import Outlook
    from audit.records import Status
    from audit.settings.run_config import RunConfig
    from reports.results.comparison import Comparison

COLOURS = {"pass": "green", "regressed": "red", "inconclusive": "yellow"}
ROOM_FOR_TABLE = 84
"""On narrower screens each axis has lines of its own."""
COLUMNS = ("axis", "before", "after", "difference", "interval", "margin", "status")


def say_outlook(outlook: "Outlook", config: "RunConfig", *, as_json: bool) -> None:
    """Print what a run would do, and what could not be checked."""
    if as_json:
        click.echo(json.dumps(outlook.as_json(config)))
        return
    for line in outlook.lines(config):
        _wrapped(line)


def say_outcome(root: Path, *, as_json: bool) -> None:
    """Print the comparison as JSON, or the verdict with its reasons and the report's path."""
    from reports.page.standing import read_standing
    from reports.results.comparison import read_comparison
    from reports.words.next_steps import next_steps, spoken

    run = RunDirectory(root)
    comparison = read_comparison(run)
    if as_json:
        click.echo(run.comparison.read_text(encoding="utf-8"), nl=False)
        return
    say()
    click.echo(f"verdict: {_coloured(comparison.verdict.upper(), comparison.verdict)}")
    _wrapped(comparison.headline, "  ")
    _say_axes(comparison)
    for reason in comparison.reasons:
        _wrapped(reason, "  ")
    say("next:")
    for step in spoken(next_steps(read_standing(run, str(root)))):
        _wrapped(step, "  ")
    if run.page.exists():
        say(f"report: {run.page}")


def say_finding(candidate: str, root: Path, *, as_json: bool) -> None:
    """Print how a check of one candidate ended: one line of JSON, or the verdict with reasons."""
    if not as_json:
        say()
        say(f"candidate: {candidate}")
        say_outcome(root, as_json=False)
        return
    from reports.results.comparison import read_comparison

    comparison = read_comparison(RunDirectory(root))
    axes = {
        axis: {"difference": result.difference.estimate, "status": result.status}
        for axis, result in comparison.axes.items()
    }
    result = {"candidate": candidate, "verdict": comparison.verdict, "axes": axes}
    click.echo(json.dumps({**result, "run": str(root)}))


def _say_axes(comparison: "Comparison") -> None:
    """Print the axes as a table, or one after the other where there is no room for it."""
    from audit.axis import axis_named
    from reports.words.axes import percent, points, signed

    rows: list[tuple[tuple[str, ...], Status]] = []
    for name, result in comparison.axes.items():
        change = result.difference
        cells = (
            axis_named(name).title,
            percent(result.before.rate),
            percent(result.after.rate),
            signed(change.estimate),
            f"{signed(change.low)} to {signed(change.high)}",
            points(result.margin),
        )
        rows.append((cells, result.status))
    width = _width()
    if width is not None and width < ROOM_FOR_TABLE:
        for (title, before, after, moved, interval, margin), status in rows:
            click.echo(f"  {title}: {_coloured(status, status)}")
            _wrapped(f"{before} to {after}, {moved} ({interval}), margin {margin}", "    ")
        return
    table = [COLUMNS, *((*cells, status) for cells, status in rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(COLUMNS))]
    last = [COLUMNS[-1], *(_coloured(status, status) for _, status in rows)]
    for line, said in zip(table, last, strict=True):
        padded = [cell.ljust(width) for cell, width in zip(line[:-1], widths[:-1], strict=True)]
        click.echo(f"  {'  '.join([*padded, said])}")


def _wrapped(text: str, indent: str = "") -> None:
    """Print a text, cut at words where a screen has an end; a log has none."""
    line, width = terminal_line(text), _width()
    if width is None:
        click.echo(f"{indent}{line}")
        return
    cut = textwrap.wrap(
        line,
        max(width, len(indent) + 1),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    click.echo("\n".join(cut) or indent)


def _width() -> int | None:
    """Return how wide the screen is; null where the output goes elsewhere."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _coloured(text: str, status: "Status") -> str:
    """Return the text in the colour of a status, where colours are not unwanted (NO_COLOR)."""
    return text if os.environ.get("NO_COLOR") else click.style(text, COLOURS[status], bold=True)
