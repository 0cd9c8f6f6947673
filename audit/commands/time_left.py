"""How long will the whole command take from here? From what was expected, then from what is seen.

Training and asking are told of by their steps and answers; whatever else a run does is short.
"""

from dataclasses import dataclass

from audit.run.messages import Expected, Progress

TRAINING, ASKING = "training", "asking "
MINUTE, HOUR = 60, 3600


UNKNOWN = Expected(None, None, None)


@dataclass
class _Seen:
    """How far a task is. It may have begun before, so that its first count is kept."""

    began: float
    first: int
    at: float
    done: int
    total: int

    @property
    def seconds(self) -> float:
        """How long it was watched."""
        return self.at - self.began

    @property
    def left(self) -> float | None:
        """What is left of it at the rate seen; null where nothing was seen to be done."""
        made = self.done - self.first
        return self.seconds / made * (self.total - self.done) if made else None


class TimeLeft:
    """The time that is left, from the tasks' own progress and what was expected of the others."""

    def __init__(self, expected: Expected, now: float) -> None:
        self._expected = expected
        self._began = now
        self._tasks: dict[str, _Seen] = {}

    def saw(self, news: Progress, now: float) -> None:
        """Take note of how far a task is."""
        seen = self._tasks.setdefault(news.task, _Seen(now, news.done, now, 0, news.total))
        seen.at, seen.done, seen.total = now, news.done, news.total

    def of_task(self, name: str) -> float | None:
        """Return the seconds that a task has left; null where its rate is not known."""
        return self._tasks[name].left

    def spent_on(self, name: str) -> float:
        """Return the seconds for which a task was watched."""
        return self._tasks[name].seconds

    def of_all(self, now: float) -> float | None:
        """Return the seconds that everything has left; null where that is not known."""
        training, asking = self._training(now), self._asking(now)
        return None if training is None or asking is None else training + asking

    def _training(self, now: float) -> float | None:
        if self._asked() or self._expected.training == 0:
            return 0.0
        seen = self._tasks.get(TRAINING)
        if seen is not None and seen.left is not None:
            return seen.left
        expected = self._expected.training
        return None if expected is None else max(0.0, expected - (now - self._began))

    def _asking(self, now: float) -> float | None:
        asked, answers = self._asked(), self._expected.answers
        made = sum(seen.done - seen.first for seen in asked)
        if made and answers is not None:
            rate = sum(seen.seconds for seen in asked) / made
            return rate * max(0, answers - sum(seen.done for seen in asked))
        waited = now - asked[0].began if asked else 0.0
        expected = self._expected.asking
        return None if expected is None else max(0.0, expected - waited)

    def _asked(self) -> list[_Seen]:
        return [seen for name, seen in self._tasks.items() if name.startswith(ASKING)]


def duration(seconds: float) -> str:
    """Return a time as somebody would say it."""
    if seconds < 2 * MINUTE:
        return f"{seconds:.0f} s"
    return f"{seconds / MINUTE:.0f} min" if seconds < 2 * HOUR else f"{seconds / HOUR:.1f} h"
