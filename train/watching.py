"""Is a training that runs worth going on with? Looked at where it begins and at every log."""

from typing import Any

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from audit.errors import StageFailed
from audit.run.directory import RunDirectory
from audit.run.messages import Tell
from audit.run.training_alarms import alarms_so_far
from audit.run.training_files import read_metrics
from train.metrics import finite_numbers

APART = {torch.float32: 0.05, torch.bfloat16: 2.0}
"""How far a pair's log-probabilities, in nats, may be from the reference's before the first step:
rounding in other batches. Above it the reference is another model."""


class Watch(TrainerCallback):
    """Tell each alarm once, when it is first seen, or end the training with it."""

    def __init__(self, run: RunDirectory, tell: Tell, *, stop: bool) -> None:
        self._rows = read_metrics(run)
        self._tell = tell
        self._stop = stop
        self._told = {alarm.name for alarm in alarms_so_far(self._rows)} if not stop else set()

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Look at all that was logged up to now.

        Raises:
            StageFailed: there is an alarm, and the configuration says to stop.
        """
        del args, control, kwargs
        self._rows.append({"step": state.global_step, **finite_numbers(logs or {})})
        for alarm in alarms_so_far(self._rows):
            if alarm.name in self._told:
                continue
            self._told.add(alarm.name)
            said = f"step {state.global_step}: {alarm.sentence()}"
            if self._stop:
                raise StageFailed(f"train: stopped, as train.on_alarm says, at {said}")
            self._tell(f"alarm at {said}")


def refuse_another_reference(margins: list[float], beta: float, dtype: torch.dtype) -> None:
    """Refuse to go on where the model is not its own reference before the first step.

    `margins` are TRL's reward margins of the first step's batches: beta times the nats by which the
    model favours the chosen answers more than its reference does.

    Raises:
        StageFailed: they are not 0 but for rounding.
    """
    apart = max((abs(margin) / beta for margin in margins), default=0.0)
    if apart > APART[dtype]:
        raise StageFailed(
            f"train: before the first step the model is {apart:.2g} nats from its reference, where "
            "it must be 0: what it would learn is not measured against the model that is asked as "
            "`before`. Look for a setting that changes the model when training begins"
        )
