"""Which command reads all nights together: history?"""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from audit.commands.options import AS_JSON, FILE
from audit.commands.saying import say
from audit.errors import Exit, InputError, Problem

if TYPE_CHECKING:
    from audit.run.history import History
    from reports.comparison.nights import Nights

PRUNE = "prune"
HISTORY = click.option(
    "--history",
    "history_file",
    type=FILE,
    default=Path("runs/history.sqlite"),
    show_default=True,
    help="The SQLite file of all checks.",
)


@click.command()
@click.argument("action", type=click.Choice([PRUNE]), required=False)
@HISTORY
@click.option(
    "--gate", "gate_file", type=FILE, help="Margins of the trend; those of each check otherwise."
)
@click.option("--baseline", help="Only checks against this blessed baseline.")
@click.option("--html", type=FILE, help="Write the nights as a page.")
@click.option("--redact", is_flag=True, help="Let the page lead to the redacted reports.")
@click.option(
    "--acknowledge", metavar="WHO", help="You have looked at the alarm; the trend goes on."
)
@click.option("--reason", help="Why the alarm need not stand; it stays in the history.")
@click.option(
    "--keep-days",
    type=click.IntRange(min=1),
    default=90,
    show_default=True,
    help="With prune: younger checks keep their folders.",
)
@click.option("--dry-run", is_flag=True, help="With prune: only say which folders would go.")
@AS_JSON
def history(
    action: str | None,
    history_file: Path,
    gate_file: Path | None,
    baseline: str | None,
    html: Path | None,
    redact: bool,  # noqa: FBT001 - a flag
    acknowledge: str | None,
    reason: str | None,
    keep_days: int,
    dry_run: bool,  # noqa: FBT001 - a flag
    as_json: bool,  # noqa: FBT001 - a flag
) -> None:
    """Show every check and whether the nights together show a worsening; exit 3 on an alarm.

    `audit history prune` removes the folders of old checks. What they found stays in the history,
    so that no trend changes, and so do the last check of each baseline and all blessed runs.
    """
    from audit.files.lines import write_atomically
    from audit.run.history import History
    from audit.settings.gate import Gate
    from audit.settings.yaml_file import load_settings
    from reports.comparison.nights import acknowledge as write_acknowledgement
    from reports.comparison.nights import read_nights
    from reports.page.nights import nights_page

    if (acknowledge is None) != (reason is None):
        fix = "name who has looked, and why the alarm need not stand"
        raise InputError(Problem("audit history", "--acknowledge and --reason go together", fix))
    if not history_file.exists():
        fix = "`audit check` writes it; name another with --history"
        raise InputError(Problem(str(history_file), "there is no such history", fix))
    opened = History(history_file)
    if action == PRUNE:
        _prune(opened, keep_days, dry_run=dry_run, as_json=as_json)
        return
    gate = load_settings(gate_file, Gate) if gate_file else None
    nights = read_nights(opened, gate, baseline)
    if acknowledge is not None and reason is not None:
        write_acknowledgement(opened, nights, acknowledge, reason)
        nights = read_nights(opened, gate, baseline)
    if html:
        write_atomically(html, nights_page(nights, html, redacted=redact))
    if as_json:
        click.echo(json.dumps([asdict(trend) for trend in nights], default=_as_json))
    else:
        for line in _lines(nights):
            say(line)
        if html:
            say(str(html))
    sys.exit(Exit.REGRESSED if any(trend.alarms for trend in nights) else Exit.OK)


def _prune(history: "History", keep_days: int, *, dry_run: bool, as_json: bool) -> None:
    """Remove the folders of old checks, or say which they are."""
    from audit.jobs.pruning import prunable, remove

    old = prunable(history, keep_days)
    gone = [one for one in old if dry_run or remove(one)]
    if as_json:
        click.echo(json.dumps([str(one.folder) for one in gone]))
        return
    word = "would go" if dry_run else "is gone"
    for one in gone:
        say(f"{one.folder}, checked on {one.checked_at[:10]}, {one.bytes / 1e6:.1f} MB: {word}")
    say(f"{len(gone)} folders, {sum(one.bytes for one in gone) / 1e6:.1f} MB")


def trend_lines(nights: "Nights") -> Iterator[str]:
    """Say what the nights show on each axis."""
    for axis, trend in nights.trends.items():
        state = "ALARM: worse than the margin" if trend.alarm else "no alarm"
        yield (
            f"trend of {axis} over {trend.nights} nights: {state} "
            f"(evidence {trend.evidence:.3g}, alarm at {trend.threshold:.3g})"
        )


def _lines(all_nights: "list[Nights]") -> Iterator[str]:
    for nights in all_nights:
        yield f"against {nights.baseline}:"
        for row in nights.checks:
            yield f"  {row.checked_at}  {row.verdict:<12}  {row.candidate}"
        for taken in nights.acknowledged:
            said = f"{taken.who}: {taken.reason}"
            axes = ", ".join(taken.axes)
            yield f"  {taken.acknowledged_at}  alarm of {axes} acknowledged by {said}"
        if nights.acknowledged:
            yield f"  {nights.alpha_left:.2%} of false alarms are left for this year"
        for line in trend_lines(nights):
            yield f"  {line}"


def _as_json(value: object) -> object:
    """Return a gate as its keys."""
    from audit.settings.gate import Gate

    if isinstance(value, Gate):
        return value.model_dump()
    raise TypeError(type(value))


NIGHT_COMMANDS: tuple[click.Command, ...] = (history,)
