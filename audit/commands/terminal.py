"""How does a run look in a terminal, and in a log that is none?"""

import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from audit.commands.time_left import UNKNOWN, TimeLeft, duration
from audit.files.borders import terminal_line
from audit.run.messages import Progress

if TYPE_CHECKING:
    from audit.jobs.preflight import Outlook
    from audit.settings.run_config import RunConfig

SECONDS_BETWEEN_LINES = 9.0
"""No log is silent for ten seconds; more lines than that would not be read."""
EVERYTHING = "the whole run"


class Terminal:
    """Progress bars with the remaining time on a terminal, now and then a line elsewhere.

    Where nothing is told for some seconds, it says what is still being done.
    """

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False, markup=False)
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[count]}"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._time = TimeLeft(UNKNOWN, time.monotonic())
        self._last_line = time.monotonic()
        self._doing = "starting"
        self._doing_since = time.monotonic()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._watch = threading.Thread(target=self._fill_silence, daemon=True)

    def __enter__(self) -> Self:
        self._bars.start()
        self._last_line = time.monotonic()
        self._watch.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._watch.join()
        self._bars.stop()

    def expect(self, outlook: "Outlook", config: "RunConfig") -> None:
        """Say what will be done, and count the time that is left from now."""
        self._time = TimeLeft(outlook.expected, time.monotonic())
        for line in outlook.lines(config):
            self.tell(line)

    def tell(self, news: Progress | str) -> None:
        """Show a sentence, or how far a step is."""
        with self._lock:
            now = time.monotonic()
            self._doing_since = now
            if isinstance(news, str):
                self._doing = news
                self._say(news)
                return
            self._time.saw(news, now)
            self._doing = f"{news.task}: {news.done}/{news.total} {news.unit}"
            if self._console.is_terminal:
                self._move_bar(news)
            elif now - self._last_line >= SECONDS_BETWEEN_LINES or news.done == news.total:
                self._say(self._line(news, now))

    def _say(self, line: str) -> None:
        self._last_line = time.monotonic()
        self._console.print(terminal_line(line), soft_wrap=not self._console.is_terminal)

    def _move_bar(self, news: Progress) -> None:
        if news.task not in self._tasks:
            self._tasks[news.task] = self._bars.add_task(
                news.task, total=news.total, count="", left=""
            )
        left = self._time.of_task(news.task)
        self._bars.update(
            self._tasks[news.task],
            completed=news.done,
            count=f"{news.done}/{news.total}",
            left=_left(left) if news.done < news.total else "",
        )

    def _line(self, news: Progress, now: float) -> str:
        parts = [self._doing, duration(self._time.spent_on(news.task))]
        if news.done < news.total:
            parts.append(_left(self._time.of_task(news.task)))
        return ", ".join(part for part in (*parts, _to_the_end(self._time.of_all(now))) if part)

    def _fill_silence(self) -> None:
        """Say what is still being done, where nothing else has been said for some seconds."""
        while not self._ended.wait(1.0):
            with self._lock:
                now = time.monotonic()
                if self._console.is_terminal:
                    self._move_whole(self._time.of_all(now))
                elif now - self._last_line >= SECONDS_BETWEEN_LINES:
                    waited = f"still at it after {duration(now - self._doing_since)}"
                    end = _to_the_end(self._time.of_all(now))
                    self._say(", ".join(part for part in (self._doing, waited, end) if part))

    def _move_whole(self, everything: float | None) -> None:
        """Keep a bar of the whole run, or what is being done where no time is known."""
        if EVERYTHING not in self._tasks:
            self._tasks[EVERYTHING] = self._bars.add_task(EVERYTHING, total=None, count="", left="")
        task = self._tasks[EVERYTHING]
        elapsed = self._bars.tasks[self._bars.task_ids.index(task)].elapsed or 0.0
        if everything is not None:
            self._bars.update(task, completed=elapsed, total=elapsed + everything)
        self._bars.update(task, left="" if everything is None else _left(everything))


def _left(seconds: float | None) -> str:
    return "" if seconds is None else f"about {duration(seconds)} left"


def _to_the_end(seconds: float | None) -> str:
    return "" if seconds is None else f"about {duration(seconds)} to the end"
