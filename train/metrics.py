"""How do the trainer's numbers reach the run's files, once each, whatever is killed?"""

import json
import math
import time
from itertools import pairwise
from statistics import median
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from audit.files.lines import drop_torn_line, write_atomically
from audit.run.directory import RunDirectory
from audit.run.messages import Progress, Tell
from audit.run.training_files import STEP, read_metrics


class RunRecorder(TrainerCallback):
    """Append every log of the trainer to metrics.jsonl."""

    def __init__(self, run: RunDirectory, tell: Tell) -> None:
        self._run = run
        self._tell = tell

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Append the numbers as one line, flushed."""
        del args, control, kwargs
        row = {"step": state.global_step, **finite_numbers(logs or {})}
        with self._run.metrics.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
            file.flush()

    def on_step_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        """Tell how many of the steps are done."""
        del args, control, kwargs
        self._tell(Progress("training", state.global_step, state.max_steps, "steps"))


class StepClock(TrainerCallback):
    """Note when each step ends."""

    def __init__(self) -> None:
        self._ended: list[float] = []

    def on_step_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        """Note the time."""
        del args, state, control, kwargs
        self._ended.append(time.perf_counter())

    def seconds_a_step(self) -> float | None:
        """Return how long a step took in the median; null before the second."""
        lasted = [end - before for before, end in pairwise(self._ended)]
        return round(median(lasted), 3) if lasted else None


def keep_until(run: RunDirectory, step: int) -> None:
    """Drop the lines after a step, which the resumed training will write again."""
    if not run.metrics.exists():
        return
    drop_torn_line(run.metrics)
    kept = [row for row in read_metrics(run) if (row[STEP] or 0) <= step]
    write_atomically(run.metrics, "".join(json.dumps(row) + "\n" for row in kept))


def finite_numbers(logs: dict[str, Any]) -> dict[str, float | None]:
    """Return the numbers among the logs; what is not finite has no JSON and becomes null."""
    return {
        key: float(value) if math.isfinite(value) else None
        for key, value in logs.items()
        if isinstance(value, int | float)
    }
