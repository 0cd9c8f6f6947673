"""How does the configuration become TRL's DPO training with a LoRA adapter?

Direct Preference Optimization is Rafailov et al. 2023, arXiv:2305.18290. The reference model is
the same model with the adapter switched off, so that one copy of the weights is enough.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import DPOConfig, DPOTrainer

from audit.errors import InputError, Problem
from audit.files.borders import one_line
from audit.records import Pair
from audit.run.messages import Progress, Tell
from audit.settings.run_config import RunConfig, TrainConfig
from train.metrics import RunRecorder
from train.preferences import Preferences
from train.resuming import CLOSING, Trained, mark_whole, mean_loss


class ProgressTrainer(DPOTrainer):  # type: ignore[misc] # trl ships no types
    """TRL's trainer, which also tells how far the reference log-probabilities are.

    It goes on counting where a stopped training's newest checkpoint had come to.
    """

    def __init__(self, tell: Tell, batches: int, before: Trained, **settings: Any) -> None:
        self._tell = tell
        self._before = before
        self._batches = batches
        self._reference_batches = 0
        super().__init__(**settings)
        self._total_train_tokens = before.tokens or 0

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Log; the last line's loss is the mean of all sessions, where TRL's is of this one."""
        if CLOSING in logs:
            logs[CLOSING] = mean_loss(self._before, self._session_loss(), self.state.global_step)
        super().log(logs, start_time)

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        """Save a checkpoint, and mark it as whole when all of it is there."""
        super()._save_checkpoint(model, trial)
        step, before = self.state.global_step, self._before.total_loss
        total = None if before is None else before + self._session_loss() + self._unlogged_loss()
        folder = Path(self.args.output_dir) / f"checkpoint-{step}"
        mark_whole(folder, Trained(step, total, self._total_train_tokens))

    def _session_loss(self) -> float:
        """Return the sum of this session's losses up to the last log."""
        return float(self._total_loss_scalar)

    def _unlogged_loss(self) -> float:
        return float(self._tr_loss.item())

    def compute_ref_log_probs(self, model: Any, inputs: Any) -> Any:
        """Compute the reference log-probabilities of a batch, and count it."""
        result = super().compute_ref_log_probs(model, inputs)
        self._reference_batches += 1
        if self.args.precompute_ref_log_probs and self._reference_batches <= self._batches:
            done = self._reference_batches
            self._tell(Progress("reference log-probabilities", done, self._batches, "batches"))
        return result


def make_trainer(
    config: RunConfig,
    model_folder: Path,
    preferences: Preferences,
    recorder: RunRecorder,
    tell: Tell,
    before: Trained,
) -> DPOTrainer:
    """Build the trainer: model in the configured precision, adapter, data and callbacks."""
    attention = choose_attention(config.train, tell)
    dtype = choose_dtype(config.model.dtype)
    model, tokenizer = _load(model_folder, dtype, attention)
    settings = trl_settings(config.train, recorder.folder, bool(preferences.evaluation), dtype)
    rows = len(preferences.train) + len(preferences.evaluation)
    batch = config.train.per_device_train_batch_size
    return ProgressTrainer(
        tell,
        -(-rows // batch),
        before,
        model=model,
        args=settings,
        train_dataset=to_dataset(preferences.train),
        eval_dataset=to_dataset(preferences.evaluation) if preferences.evaluation else None,
        processing_class=tokenizer,
        peft_config=LoraConfig(task_type="CAUSAL_LM", **config.train.lora.model_dump()),
        callbacks=[recorder],
    )


def _load(folder: Path, dtype: torch.dtype, attention: str) -> tuple[Any, Any]:
    """Load the model and its tokenizer, never running code that came with them.

    Raises:
        InputError: their files are no model's.
    """
    try:
        model = AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=dtype,
            attn_implementation=attention,
            use_safetensors=True,
            trust_remote_code=False,
        )
        return model, AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    except torch.OutOfMemoryError:
        raise
    except Exception as error:  # its libraries raise whatever a damaged file makes them
        what = f"cannot be loaded as a chat model ({one_line(str(error), 300)})"
        fix = "save it again with save_pretrained(), or use another model"
        raise InputError(Problem(str(folder), what, fix)) from error


def choose_dtype(dtype: str) -> torch.dtype:
    """Return the configured precision; `auto` is bfloat16 on a GPU that has it, else float32."""
    if dtype != "auto":
        return {"float32": torch.float32, "bfloat16": torch.bfloat16}[dtype]
    fast = torch.cuda.is_available() and torch.cuda.is_bf16_supported()
    return torch.bfloat16 if fast else torch.float32


def choose_attention(train: TrainConfig, tell: Tell) -> str:
    """Return the attention implementation; say so where `auto` does not get flash-attention 2."""
    if train.attn_implementation != "auto":
        return train.attn_implementation
    if not torch.cuda.is_available():
        tell("attention: sdpa (flash-attention 2 needs a CUDA GPU, and there is none)")
        return "sdpa"
    if find_spec("flash_attn") is None:
        tell("attention: sdpa (flash-attn is not installed; the extra `flash-attn` adds it)")
        return "sdpa"
    return "flash_attention_2"


def trl_settings(train: TrainConfig, output: Path, evaluate: bool, dtype: torch.dtype) -> DPOConfig:  # noqa: FBT001 - private choice
    """Translate the training section into TRL's settings, name by name."""
    ours = train.model_dump(exclude={"lora", "attn_implementation", "max_steps", "report_to"})
    eval_steps = ours.pop("eval_steps")
    save_steps = ours.pop("save_steps")
    return DPOConfig(
        **ours,
        output_dir=str(output),
        max_steps=train.max_steps or -1,
        per_device_eval_batch_size=train.per_device_train_batch_size,
        precompute_ref_batch_size=train.per_device_train_batch_size,
        save_strategy="steps" if save_steps else "no",
        save_steps=save_steps or 1,
        eval_strategy="steps" if evaluate and eval_steps else "no",
        eval_steps=eval_steps if evaluate else None,
        bf16=dtype == torch.bfloat16,
        use_cpu=not torch.cuda.is_available(),
        report_to=train.report_to,
        disable_tqdm=True,
        trust_remote_code=False,
    )


def to_dataset(pairs: list[Pair]) -> Dataset:
    """Return the pairs in TRL's conversational form, which the chat template then renders."""
    return Dataset.from_list(
        [
            {
                "prompt": [turn.model_dump() for turn in pair.prompt],
                "chosen": [{"role": "assistant", "content": pair.chosen}],
                "rejected": [{"role": "assistant", "content": pair.rejected}],
            }
            for pair in pairs
        ]
    )
