"""What must a method be, and what does every one of them do beside TRL's own training?

A method is a file in this folder that holds one class, `Trainer`: this one before TRL's trainer
of the method. Its settings are added to METHODS in audit/settings/methods.py, in the form that
`python -m train.schema` writes.
"""

from abc import abstractmethod
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
import transformers
from datasets import Dataset
from torch.utils.data import SequentialSampler

from audit.records import Preference
from audit.run.messages import Progress, Tell
from audit.run.model_folder import ADAPTER_FILES
from train import ranks
from train.grouping import GroupedByLength, lengths_of, longest_first
from train.reference import Reference, keep, place_of, with_kept
from train.resuming import CLOSING, Trained, mark_whole, mean_loss
from train.saving import drop_copy, take_settings
from train.watching import refuse_another_reference

Untyped: Any = transformers.Trainer
"""What TRL adds to it is in no type."""


class Method(Untyped):  # type: ignore[misc]
    """A trainer of TRL's which also keeps and tells how far the reference's log-probabilities are.

    It goes on counting where a stopped training's newest checkpoint had come to.
    """

    SETTINGS: ClassVar[type]
    """TRL's class of the method's settings."""
    TOKENS: ClassVar[tuple[str, ...]]
    """TRL's columns of tokens, on which the reference's log-probabilities depend."""
    REFERENCE: ClassVar[tuple[str, ...]]
    """TRL's columns of the reference's log-probabilities."""

    def __init__(
        self,
        tell: Tell,
        batches: int,
        before: Trained,
        base: Path,
        reference: Reference,
        **settings: Any,
    ) -> None:
        self._tell = tell
        self._base = base
        self._before = before
        self._reference = reference
        self._batches = batches
        self._reference_batches = 0
        super().__init__(**settings)
        self._total_train_tokens = before.tokens or 0

    @staticmethod
    @abstractmethod
    def rows(preferences: Sequence[Preference], arguments: dict[str, Any]) -> Dataset:
        """Return the preferences in TRL's conversational form, which the chat template renders.

        `arguments` are the chat template's, the same as when the model is asked.
        """

    @abstractmethod
    def rewards_at_start(self) -> list[float]:
        """Return TRL's rewards of the first step's batches, which are 0 where all is right."""

    def training_step(self, *inputs: Any, **settings: Any) -> Any:
        """Make a part of a step; the first shows whether the reference is the model itself."""
        loss = super().training_step(*inputs, **settings)
        if self.state.global_step == 0:
            dtype = torch.bfloat16 if self.args.bf16 else torch.float32
            refuse_another_reference(self.rewards_at_start(), self.args.beta, dtype)
        return loss

    def _get_train_sampler(self, train_dataset: Dataset | None = None) -> Any:
        """Return the order of the pairs; transformers finds no lengths of them by itself."""
        if self.args.train_sampling_strategy != "group_by_length":
            return super()._get_train_sampler(train_dataset)
        rows = self.train_dataset if train_dataset is None else train_dataset
        lengths = lengths_of(rows, self.TOKENS, self.args.max_length)
        batches = self.args.gradient_accumulation_steps * ranks.count()
        seed = self.args.seed if self.args.data_seed is None else self.args.data_seed
        return GroupedByLength(lengths, self.args.train_batch_size * batches, seed)

    def _get_eval_sampler(self, eval_dataset: Dataset) -> Any:
        """Return the order of the held-out pairs, which is theirs, however training draws."""
        if self.args.train_sampling_strategy != "group_by_length":
            return super()._get_eval_sampler(eval_dataset)
        return SequentialSampler(eval_dataset) if ranks.count() == 1 else None

    def _precompute_ref_logps(self, dataset: Dataset, name: str, batch_size: int) -> Any:
        """Return the rows with the reference's log-probabilities, computed once for all resumes.

        Rows of like length are computed together, the longest first, which changes no order of
        training: padding would be more than half of the tokens where lengths differ much.
        """
        tokens = [column for column in self.TOKENS if column in dataset.column_names]
        folder = Path(self.args.output_dir) / "reference"
        file = place_of(folder, self._reference, dataset.select_columns(tokens))
        if file.exists():
            self._tell(f"reference log-probabilities: those of {name} were computed before")
            return with_kept(file, dataset)
        order = longest_first(lengths_of(dataset, self.TOKENS, self.args.max_length))
        sorted_rows = super()._precompute_ref_logps(dataset.select(order), name, batch_size)
        rows = sorted_rows.select(np.argsort(order))
        if ranks.is_first():
            keep(file, rows, [column for column in self.REFERENCE if column in rows.column_names])
        return rows

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Log; the last line's loss is the mean of all sessions, where TRL's is of this one."""
        if CLOSING in logs:
            logs[CLOSING] = mean_loss(self._before, self._session_loss(), self.state.global_step)
        super().log(logs, start_time)

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        """Save a checkpoint, and mark it as whole when all of it is there."""
        super()._save_checkpoint(model, trial)
        step, before = self.state.global_step, self._before.total_loss
        unlogged = self._unlogged_loss()
        total = None if before is None else before + self._session_loss() + unlogged
        self.accelerator.wait_for_everyone()
        if not ranks.is_first():
            return
        folder = Path(self.args.output_dir) / f"checkpoint-{step}"
        if not (folder / ADAPTER_FILES[0]).exists():
            take_settings(self._base, folder)
        drop_copy(folder)
        mark_whole(folder, Trained(step, total, self._total_train_tokens))

    def _session_loss(self) -> float:
        """Return the sum of this session's losses up to the last log."""
        return float(self._total_loss_scalar)

    def _unlogged_loss(self) -> float:
        """Return the same of what was not logged yet, as the mean of all processes."""
        return float(self.accelerator.gather(self._tr_loss).mean().item())

    def compute_ref_log_probs(self, model: Any, inputs: Any) -> Any:
        """Compute the reference log-probabilities of a batch, and count it."""
        result = super().compute_ref_log_probs(model, inputs)
        self._reference_batches += 1
        if self.args.precompute_ref_log_probs and self._reference_batches <= self._batches:
            done = self._reference_batches
            self._tell(Progress("reference log-probabilities", done, self._batches, "batches"))
        return result


def method_named(name: str) -> type[Method]:
    """Return the trainer of the method that a configuration names."""
    trainer: type[Method] = import_module(f"train.methods.{name}").Trainer
    return trainer
