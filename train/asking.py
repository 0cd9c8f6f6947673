"""What does the model that is being trained answer? Asked at some steps, without a trace in it."""

import math
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from audit.files.lines import read_records, write_records
from audit.records import Probe, Response
from audit.run.directory import RunDirectory
from audit.run.manifest import StoppedTraining
from audit.run.messages import IsEnough, Progress, Tell
from audit.run.training_path import BEGINNING, path_of
from audit.settings.run_config import RunConfig
from train.tokens import token_ids


class Asker(TrainerCallback):
    """Ask the sample before the first step and after every so many, and stop where the parent says.

    A step whose answers are there was asked before a kill, and is looked at again, not asked again.
    """

    def __init__(
        self,
        run: RunDirectory,
        config: RunConfig,
        tokenizer: Any,
        ends: list[int],
        is_lost: IsEnough,
        tell: Tell,
    ) -> None:
        self._run = run
        self._path = path_of(run)
        self._config = config
        self._tokenizer = tokenizer
        self._ends = ends
        self._is_lost = is_lost
        self._tell = tell
        arguments = config.generation.chat_template_kwargs
        self._prompts = sorted(
            (
                (probe.id, _prompt(tokenizer, probe, arguments))
                for _, probe in read_records(self._path.probes, Probe)
            ),
            key=lambda prompt: len(prompt[1]),
        )

    def on_train_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        """Ask the model as it is before any training."""
        del args, control
        if state.global_step == BEGINNING:
            self._look(BEGINNING, kwargs["model"])

    def on_step_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        """Ask at every such step and at the last; stop before the last where the gate is lost."""
        del args
        step, last = state.global_step, state.max_steps
        every = steps_between(self._config.train.ask_every or last, last)
        if step % every and step != last:
            return
        if self._look(step, kwargs["model"]) and step < last:
            stopped = StoppedTraining(step=step, of=last)
            self._run.update_manifest(lambda noted: noted.with_stopped_training(stopped))
            control.should_training_stop = True

    def _look(self, step: int, model: Any) -> bool:
        answers = self._path.answers(step)
        if not answers.exists():
            with left_as_it_is(model):
                responses = list(self._responses(model, step))
            write_records(answers, responses)
        return self._is_lost(step)

    def _responses(self, model: Any, step: int) -> Iterator[Response]:
        """Yield the answers; as many are written at once as a step of training computes."""
        at_once, total = 2 * self._config.train.per_device_train_batch_size, len(self._prompts)
        for start in range(0, total, at_once):
            self._tell(Progress(f"asking at step {step}", start, total, "answers"))
            yield from self._answers(model, self._prompts[start : start + at_once])

    def _answers(self, model: Any, batch: list[tuple[str, list[int]]]) -> Iterator[Response]:
        longest = max(len(ids) for _, ids in batch)
        padded = [[self._ends[0]] * (longest - len(ids)) + ids for _, ids in batch]
        mask = [[0] * (longest - len(ids)) + [1] * len(ids) for _, ids in batch]
        written = model.generate(
            input_ids=torch.tensor(padded, device=model.device),
            attention_mask=torch.tensor(mask, device=model.device),
            max_new_tokens=self._config.train.ask_max_tokens,
            eos_token_id=self._ends,
            pad_token_id=self._ends[0],
            do_sample=False,
            temperature=None,
            top_p=None,
            top_k=None,
            repetition_penalty=1.0,
            use_cache=True,
        )
        for (probe, _), row in zip(batch, written.tolist(), strict=True):
            tokens = row[longest:]
            end = next((place for place, token in enumerate(tokens) if token in self._ends), None)
            yield Response(
                probe_id=probe,
                sample=0,
                text=self._tokenizer.decode(tokens[:end], skip_special_tokens=True),
                finish_reason="length" if end is None else "stop",
                tokens=len(tokens) if end is None else end + 1,
            )


def steps_between(every: float, last: int) -> int:
    """Return a number of steps, or that of a part of the run, as transformers rounds it."""
    return int(every) if every >= 1 else math.ceil(every * last)


@contextmanager
def left_as_it_is(model: Any) -> Iterator[None]:
    """Switch dropout off and draw what is drawn apart, and leave all of it as it was before."""
    modes = {module: module.training for module in model.modules()}
    drawn = random.getstate(), np.random.get_state()  # noqa: NPY002 - what collators draw from
    devices = range(torch.cuda.device_count())
    model.eval()
    try:
        with torch.no_grad(), torch.random.fork_rng(devices):
            yield
    finally:
        for module, mode in modes.items():
            module.training = mode
        random.setstate(drawn[0])
        np.random.set_state(drawn[1])  # noqa: NPY002


def _prompt(tokenizer: Any, probe: Probe, arguments: dict[str, Any]) -> list[int]:
    turns = [turn.model_dump() for turn in probe.conversation()]
    return token_ids(tokenizer, turns, arguments, opened=True)
