"""Adapters of every kind that peft makes, saved for tiny models, tied and untied."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, GPT2Config, LlamaConfig, Qwen2Config

from audit.run.model_folder import ModelFolder
from audit.run.weights import read_weights
from probes.adapters.adapter import read_adapter
from probes.adapters.merging import merged_tensors

SIZES = {
    "vocab_size": 96,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
}
CONFIGS: dict[str, Callable[[], Any]] = {
    "tied": lambda: LlamaConfig(**SIZES, tie_word_embeddings=True),
    "untied": lambda: LlamaConfig(**SIZES, tie_word_embeddings=False),
    "biased": lambda: Qwen2Config(**SIZES, tie_word_embeddings=True),
    "gpt2": lambda: GPT2Config(vocab_size=96, n_embd=32, n_layer=2, n_head=2, n_positions=64),
}


def save_model(folder: Path, kind: str, seed: int = 0) -> Path:
    """Save a model of a kind with weights large enough for every part to matter."""
    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_config(CONFIGS[kind]())
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            if tensor.ndim > 1 or "bias" in name:
                tensor.normal_(0, 0.1)
    model.save_pretrained(folder)
    return folder


def save_adapter(base: Path, folder: Path, **settings: Any) -> Path:
    """Save an adapter whose every part is random, none of it as peft began it."""
    chosen = {"r": 4, "lora_alpha": 6, "target_modules": ["q_proj", "down_proj"], **settings}
    torch.manual_seed(1)
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(base), LoraConfig(**chosen))
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            if tensor.requires_grad or "lora_" in name:
                tensor.add_(torch.randn_like(tensor) * 0.1)
    model.save_pretrained(folder)
    return folder


def peft_logits(base: Path, adapter: Path) -> torch.Tensor:
    """Return the logits of peft's own model, unmerged."""
    model = AutoModelForCausalLM.from_pretrained(base)
    return logits(PeftModel.from_pretrained(model, str(adapter)).eval())


def logits(model: Any) -> torch.Tensor:
    """Return a model's logits for every token of its vocabulary, in a fixed order."""
    tokens = torch.randperm(96, generator=torch.Generator().manual_seed(3)).view(3, 32)
    with torch.inference_mode():
        found: torch.Tensor = model(input_ids=tokens).logits
    return found


def change_settings(adapter: Path, **settings: Any) -> None:
    """Write other values into an adapter's configuration."""
    path = adapter / "adapter_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **settings}))


def change_tensors(adapter: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Write other tensors into an adapter's file."""
    path = adapter / "adapter_model.safetensors"
    tensors = {name: tensor.clone() for name, tensor in load_file(path).items()}
    save_file({name: one.contiguous() for name, one in change(tensors).items()}, path)


def renamed(tensors: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    """Return the tensors under other names."""
    return {name.replace(old, new): tensor for name, tensor in tensors.items()}


def merged_logits(base: Path, folder: Path) -> torch.Tensor:
    """Return the logits of a model that holds embedding and head apart, so that both can differ."""
    model = ModelFolder(base, str(base), None)
    tensors = dict(merged_tensors(read_weights(model), read_adapter(folder, model)))
    config = AutoModelForCausalLM.from_pretrained(base).config
    config.tie_word_embeddings = False
    merged = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    merged.load_state_dict(tensors, strict=True)
    return logits(merged.eval())


def difference(one: torch.Tensor, other: torch.Tensor) -> float:
    """Return the largest difference of two logits, against the largest logit."""
    return float((one - other).abs().max() / other.abs().max().clamp(min=1))
