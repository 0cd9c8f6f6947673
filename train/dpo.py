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
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig
from trl import DPOConfig, DPOTrainer

from audit.errors import InputError, Problem
from audit.files.borders import one_line
from audit.records import Pair
from audit.run.arm import ModelFiles
from audit.run.directory import RunDirectory
from audit.run.messages import Progress, Tell
from audit.settings.run_config import RunConfig
from audit.settings.training import LoraConfig as Adapter
from audit.settings.training import TrainConfig
from train.metrics import RunRecorder
from train.preferences import Preferences
from train.reference import Reference, keep, place_of, reference_of, with_kept
from train.resuming import CLOSING, Trained, mark_whole, mean_loss
from train.saving import ADAPTER_FILES, take_settings
from train.tokens import turns_of
from train.watching import Watch, refuse_another_reference


class ProgressTrainer(DPOTrainer):  # type: ignore[misc] # trl ships no types
    """TRL's trainer, which also tells how far the reference log-probabilities are.

    It goes on counting where a stopped training's newest checkpoint had come to.
    """

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

    def training_step(self, *inputs: Any, **settings: Any) -> Any:
        """Make a part of a step; the first shows whether the reference is the model itself."""
        loss = super().training_step(*inputs, **settings)
        if self.state.global_step == 0:
            margins = self._metrics["train"]["rewards/margins"]
            dtype = torch.bfloat16 if self.args.bf16 else torch.float32
            refuse_another_reference(margins, self.args.beta, dtype)
        return loss

    def _precompute_ref_logps(self, dataset: Dataset, name: str, batch_size: int) -> Any:
        """Return the rows with the reference's log-probabilities, computed once for all resumes."""
        file = place_of(Path(self.args.output_dir) / "reference", self._reference, dataset)
        if file.exists():
            self._tell(f"reference log-probabilities: those of {name} were computed before")
            return with_kept(file, dataset)
        rows = super()._precompute_ref_logps(dataset, name, batch_size)
        keep(file, rows)
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
        total = None if before is None else before + self._session_loss() + self._unlogged_loss()
        folder = Path(self.args.output_dir) / f"checkpoint-{step}"
        if not (folder / ADAPTER_FILES[0]).exists():
            take_settings(self._base, folder)
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
    model: ModelFiles,
    preferences: Preferences,
    run: RunDirectory,
    tell: Tell,
    before: Trained,
) -> DPOTrainer:
    """Build the trainer: model in the configured precision, adapter, data and callbacks."""
    train = config.train
    folder = Path(model.folder)
    attention = choose_attention(train, tell)
    dtype = choose_dtype(config.model.dtype)
    arguments = config.generation.chat_template_kwargs
    precision = f"{dtype}, base in 4 bits" if train.load_in_4bit else str(dtype)
    held_out = preferences.evaluation
    settings = trl_settings(train, run.train, evaluate=bool(held_out), dtype=dtype)
    rows = len(preferences.train) + len(held_out)
    return ProgressTrainer(
        tell,
        -(-rows // settings.precompute_ref_batch_size),
        before,
        folder,
        reference_of(model.weights_sha256, settings, precision, attention),
        model=_load(folder, dtype, attention, in_4bit=train.load_in_4bit),
        args=settings,
        train_dataset=to_dataset(preferences.train, arguments),
        eval_dataset=to_dataset(held_out, arguments) if held_out else None,
        processing_class=load_tokenizer(folder),
        peft_config=lora_settings(train.lora) if train.lora else None,
        callbacks=[RunRecorder(run, tell), Watch(run, tell, stop=train.on_alarm == "stop")],
    )


def _load(folder: Path, dtype: torch.dtype, attention: str, *, in_4bit: bool) -> Any:
    """Load the model, in 4 bits where that is wanted, never running code that came with it.

    NF4 with doubly quantized constants is QLoRA's own choice (Dettmers et al. 2023,
    arXiv:2305.14314).

    Raises:
        InputError: its files are no model's.
    """
    try:
        return AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=dtype,
            attn_implementation=attention,
            quantization_config=_four_bits(dtype) if in_4bit else None,
            use_safetensors=True,
            trust_remote_code=False,
        )
    except torch.OutOfMemoryError:
        raise
    except Exception as error:  # its libraries raise whatever a damaged file makes them
        raise InputError(_not_loaded(folder, error)) from error


def _four_bits(dtype: torch.dtype) -> BitsAndBytesConfig:
    return BitsAndBytesConfig(  # type: ignore[no-untyped-call]
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
    )


def load_tokenizer(folder: Path) -> Any:
    """Load the model's tokenizer, never running code that came with it.

    Raises:
        InputError: its files are no tokenizer's.
    """
    try:
        return AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    except Exception as error:  # its libraries raise whatever a damaged file makes them
        raise InputError(_not_loaded(folder, error)) from error


def _not_loaded(folder: Path, error: Exception) -> Problem:
    what = f"cannot be loaded as a chat model ({one_line(str(error), 300)})"
    return Problem(str(folder), what, "save it again with save_pretrained(), or use another model")


def lora_settings(adapter: Adapter) -> LoraConfig:
    """Return PEFT's settings of the adapter."""
    return LoraConfig(task_type="CAUSAL_LM", **adapter.of_peft())


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


def trl_settings(
    train: TrainConfig, output: Path, *, evaluate: bool, dtype: torch.dtype
) -> DPOConfig:
    """Translate the training section into TRL's settings, name by name."""
    own = TrainConfig.own_of_trl()
    ours = {name: getattr(train, name) for name in own if getattr(train, name) is not None}
    follow = {
        "per_device_eval_batch_size": train.per_device_train_batch_size,
        "precompute_ref_batch_size": train.per_device_train_batch_size,
        "save_strategy": "steps" if train.save_steps else "no",
        "eval_strategy": "steps" if evaluate and train.eval_steps else "no",
    }
    return DPOConfig(
        **{**follow, **ours, **train.alone_of_trl()},
        output_dir=str(output),
        bf16=dtype == torch.bfloat16,
        use_cpu=not torch.cuda.is_available(),
        report_to=list(train.trackers),
        disable_tqdm=True,
        trust_remote_code=False,
    )


def to_dataset(pairs: list[Pair], arguments: dict[str, Any]) -> Dataset:
    """Return the pairs in TRL's conversational form, which the chat template then renders.

    `arguments` are the chat template's, the same as when the model is asked.
    """
    given = {"chat_template_kwargs": arguments} if arguments else {}
    return Dataset.from_list(
        [
            {
                "prompt": turns_of(pair),
                "chosen": [{"role": "assistant", "content": pair.chosen}],
                "rejected": [{"role": "assistant", "content": pair.rejected}],
                **given,
            }
            for pair in pairs
        ]
    )
