"""How do a model, its tokenizer and an adapter's settings become what TRL is given?"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig

from audit.errors import InputError, Problem
from audit.files.borders import one_line
from audit.run.messages import Tell
from audit.settings.training import LoraConfig as Adapter
from audit.settings.training import TrainConfig


def load_model(folder: Path, dtype: torch.dtype, attention: str, *, in_4bit: bool) -> Any:
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


def with_adapter(model: Any, folder: Path) -> Any:
    """Return the model with an adapter that is trained on.

    Raises:
        InputError: PEFT cannot load it.
    """
    try:
        return PeftModel.from_pretrained(model, folder, is_trainable=True)
    except (ValueError, TypeError, RuntimeError, KeyError) as error:
        what = f"PEFT cannot load this adapter ({one_line(str(error), 300)})"
        fix = "save it again with save_pretrained()"
        raise InputError(Problem("train.start_from", what, fix)) from error


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
