"""Is every adapter applied as peft applies it, or else refused by name? There is no third way."""

from pathlib import Path
from typing import Any

import pytest
import torch
from adapter_zoo import (
    change_settings,
    change_tensors,
    difference,
    logits,
    merged_logits,
    peft_logits,
    renamed,
    save_adapter,
)
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

from probes.adapters.adapter import adapter_digest

LARGEST = 2e-6
LLAMA: dict[str, dict[str, Any]] = {
    "plain": {},
    "patterns": {"rank_pattern": {"down_proj": 2}, "alpha_pattern": {"layers.1.*q_proj": 3}},
    "rank-stabilised": {"use_rslora": True, "rank_pattern": {"q_proj": 2}},
    "all linear": {"target_modules": "all-linear"},
    "by an expression": {"target_modules": r".*layers\.1\..*(up|gate)_proj"},
    "but not some": {
        "target_modules": ["q_proj"],
        "exclude_modules": ["layers.0.self_attn.q_proj"],
    },
    "one layer": {"layers_to_transform": [1], "layers_pattern": "layers"},
    "one layer, any pattern": {"layers_to_transform": 0},
    "fan_in_fan_out said of linear layers": {"fan_in_fan_out": True, "target_modules": ["q_proj"]},
    "DoRA": {"use_dora": True, "use_rslora": True},
    "DoRA of embeddings": {"use_dora": True, "target_modules": ["embed_tokens", "v_proj"]},
    "embeddings": {"target_modules": ["embed_tokens", "q_proj"]},
    "head": {"target_modules": ["lm_head", "q_proj"]},
    "both ends": {"target_modules": ["lm_head", "embed_tokens"]},
    "both ends tied": {"target_modules": ["embed_tokens"], "ensure_weight_tying": True},
    "embeddings saved": {"modules_to_save": ["embed_tokens"]},
    "embeddings saved and tied": {"modules_to_save": ["embed_tokens"], "ensure_weight_tying": True},
    "head saved": {"modules_to_save": ["lm_head"]},
    "ends saved": {"modules_to_save": ["lm_head", "embed_tokens"]},
    "norms saved": {"modules_to_save": ["norm", "input_layernorm"]},
    "layer saved": {"modules_to_save": ["layers.1.mlp"], "target_modules": ["q_proj"]},
    "tokens": {"trainable_token_indices": [7, 3]},
    "tokens of both ends": {"trainable_token_indices": {"embed_tokens": [3], "lm_head": [3]}},
    "tokens apart": {"trainable_token_indices": {"embed_tokens": [3], "lm_head": [5]}},
    "tokens of the head": {"trainable_token_indices": {"lm_head": [5, 2]}},
    "begun gaussian": {"init_lora_weights": "gaussian"},
    "begun orthogonal": {"init_lora_weights": "orthogonal"},
    "MiCA": {"init_lora_weights": "mica"},
    "biases of lora, without any": {"bias": "lora_only"},
}
BIASED: dict[str, dict[str, Any]] = {
    "LoRA with bias": {"lora_bias": True, "target_modules": ["q_proj", "v_proj"]},
    "biases of LoRA": {"bias": "lora_only"},
    "all biases": {"bias": "all", "target_modules": ["v_proj"]},
}
GPT2: dict[str, dict[str, Any]] = {
    "plain": {"target_modules": ["c_attn", "c_proj"], "fan_in_fan_out": True},
    "DoRA": {"target_modules": ["c_proj"], "use_dora": True},
    "embeddings": {"target_modules": ["wte", "c_attn"]},
}
ZOO = [
    *(("tied", name, settings) for name, settings in LLAMA.items()),
    *(("untied", name, settings) for name, settings in LLAMA.items()),
    *(("biased", name, settings) for name, settings in BIASED.items()),
    *(("gpt2", name, settings) for name, settings in GPT2.items()),
]


@pytest.mark.parametrize(
    ("kind", "settings"),
    [pytest.param(kind, settings, id=f"{kind}: {name}") for kind, name, settings in ZOO],
)
def test_applied_as_peft_applies_it(
    kind: str, settings: dict[str, Any], zoo_models: dict[str, Path], tmp_path: Path
) -> None:
    """Merged, the model's logits are those of peft's unmerged model."""
    base = zoo_models[kind]
    adapter = save_adapter(base, tmp_path / "adapter", **settings)
    expected = peft_logits(base, adapter)
    assert difference(expected, logits(AutoModelForCausalLM.from_pretrained(base))) > 1e-3
    assert difference(merged_logits(base, adapter), expected) < LARGEST


@pytest.mark.parametrize("name", [None, "eva"], ids=["named", "begun by EVA"])
def test_what_peft_loads_is_applied(
    name: str | None, zoo_models: dict[str, Path], tmp_path: Path
) -> None:
    """Keys with peft's own name for an adapter, and a beginning that only chose B and A."""
    base = zoo_models["tied"]
    adapter = save_adapter(base, tmp_path / "adapter")
    if name:
        change_settings(adapter, init_lora_weights=name, eva_config={"rho": 2.0})
    else:
        change_tensors(adapter, lambda tensors: renamed(tensors, ".weight", ".default.weight"))
    expected = peft_logits(base, adapter)
    assert difference(expected, logits(AutoModelForCausalLM.from_pretrained(base))) > 1e-3
    assert difference(merged_logits(base, adapter), expected) < LARGEST


def test_a_converted_pissa_adapter_is_applied(zoo_models: dict[str, Path], tmp_path: Path) -> None:
    """Saved by peft as a difference from the untouched base, PiSSA is plain LoRA."""
    base = zoo_models["untied"]
    model = get_peft_model(
        AutoModelForCausalLM.from_pretrained(base),
        LoraConfig(r=4, target_modules=["q_proj"], init_lora_weights="pissa"),
    )
    begun, converted = tmp_path / "begun", tmp_path / "converted"
    model.peft_config["default"].init_lora_weights = True
    model.save_pretrained(begun)
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            if "lora_" in name:
                tensor.add_(torch.randn_like(tensor) * 0.1)
    model.peft_config["default"].init_lora_weights = "pissa"
    model.save_pretrained(converted, path_initial_model_for_weight_conversion=str(begun))
    assert difference(merged_logits(base, converted), peft_logits(base, converted)) < LARGEST
    assert difference(merged_logits(base, converted), logits(model)) < 10 * LARGEST


def test_the_digest_covers_what_settings_mean(zoo_models: dict[str, Path], tmp_path: Path) -> None:
    """Another alpha is another adapter; what only training read, or an order of names, is none."""
    adapter = save_adapter(zoo_models["tied"], tmp_path / "adapter")
    before = adapter_digest(adapter)
    change_settings(adapter, target_modules=["down_proj", "q_proj"], lora_dropout=0.2, a_new_one=[])
    change_settings(adapter, peft_version="0.1", inference_mode=False)
    assert adapter_digest(adapter) == before
    found = {before}
    for changed in ({"lora_alpha": 7}, {"use_rslora": True}, {"alpha_pattern": {"q_proj": 1}}):
        change_settings(adapter, **changed)
        found.add(adapter_digest(adapter))
    assert len(found) == 4
