"""How does a run look in a terminal, and in a log that is none?"""

import json
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import (
    Progress as Bars,
)

from audit.commands.saying import say
from audit.files.borders import terminal_line
from audit.run.directory import RunDirectory
from audit.run.messages import Progress

SECONDS_BETWEEN_LINES = 20.0
"""Often enough to see that a log is alive, seldom enough to be read."""


class Terminal:
    """Progress bars with the remaining time on a terminal, now and then a line elsewhere."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False, markup=False)
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._started: dict[str, float] = {}
        self._last_line = 0.0

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def tell(self, news: Progress | str) -> None:
        """Show a sentence, or how far a step is."""
        if isinstance(news, str):
            self._console.print(terminal_line(news), soft_wrap=True)
        elif self._console.is_terminal:
            self._move_bar(news)
        else:
            self._print_line(news)

    def _move_bar(self, news: Progress) -> None:
        if news.task not in self._tasks:
            self._tasks[news.task] = self._bars.add_task(news.task, total=news.total)
        self._bars.update(self._tasks[news.task], completed=news.done)

    def _print_line(self, news: Progress) -> None:
        now = time.monotonic()
        started = self._started.setdefault(news.task, now)
        finished = news.done == news.total
        if now - self._last_line < SECONDS_BETWEEN_LINES and not finished:
            return
        self._last_line = now
        elapsed = now - started
        left = elapsed / news.done * (news.total - news.done) if news.done else 0.0
        line = f"{news.task}: {news.done}/{news.total} {news.unit}, {elapsed:.0f} s"
        shown = line if finished else f"{line}, about {left:.0f} s left"
        self._console.print(terminal_line(shown))


def say_outcome(root: Path, *, as_json: bool) -> None:
    """Print the comparison as JSON, or the verdict with its reasons and the report's path."""
    from audit.settings.yaml_file import load_run_config
    from reports.results.arms import read_arms
    from reports.results.comparison import read_comparison
    from reports.words.next_steps import Standing, next_steps, spoken, trained_beta

    run = RunDirectory(root)
    comparison = read_comparison(run)
    if as_json:
        click.echo(run.comparison.read_text(encoding="utf-8"), nl=False)
        return
    say()
    say(f"verdict: {comparison.verdict.upper()}")
    say(f"  {comparison.headline}")
    for reason in comparison.reasons:
        say(f"  {reason}")
    say("next:")
    beta = trained_beta(run.read_manifest(), load_run_config(run.config))
    standing = Standing(comparison, read_arms(run), str(root), beta)
    for step in spoken(next_steps(standing)):
        say(f"  {step}")
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
