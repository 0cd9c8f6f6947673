"""Is an adapter that cannot be merged exactly refused, with every tensor and setting named?"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from adapter_zoo import (
    change_settings,
    change_tensors,
    merged_logits,
    renamed,
    save_adapter,
    save_model,
)

from audit.errors import InputError
from audit.run.model_folder import ModelFolder
from probes.adapters.adapter import read_adapter


@pytest.mark.parametrize("begun", ["pissa", "olora"])
def test_an_adapter_whose_base_was_changed_is_refused(
    begun: str, zoo_models: dict[str, Path], tmp_path: Path
) -> None:
    """PiSSA and OLoRA take a part out of the base model's weights, so B A alone says little."""
    adapter = save_adapter(zoo_models["tied"], tmp_path / "adapter", init_lora_weights=begun)
    refuses(zoo_models["tied"], adapter, f'"init_lora_weights" is "{begun}"')


SETTINGS: dict[str, Any] = {
    "alora_invocation_tokens": [1, 2],
    "layer_replication": [[0, 2], [0, 2]],
    "use_qalora": True,
    "target_parameters": ["mlp.experts.gate_up_proj"],
    "velora_config": {"num_groups": 2},
    "use_bdlora": {"nblocks": 2},
    "arrow_config": {"top_k": 2},
    "kasa_config": {"beta": 0.1},
    "monteclora_config": {"num_samples": 2},
    "megatron_config": {"layers": 2},
    "a_setting_of_tomorrow": 3,
    "lora_alpha": "lots",
    "peft_type": "LOHA",
    "r": 0,
    "bias": "some",
    "init_lora_weights": "loftq",
    "target_modules": "q_proj(",
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_that_is_not_known_is_refused(
    setting: str, zoo_models: dict[str, Path], tmp_path: Path
) -> None:
    """Each is named; one of them alone makes the model another than B A says."""
    adapter = save_adapter(zoo_models["tied"], tmp_path / "adapter")
    change_settings(adapter, **{setting: SETTINGS[setting]})
    named = {"peft_type": "LOHA", "target_modules": r"q_proj\("}.get(setting, setting)
    refuses(zoo_models["tied"], adapter, f"adapter_config.json.*{named}")


def _with(tensors: dict[str, Any], end: str, change: Callable[[Any], Any]) -> dict[str, Any]:
    """Change the tensors whose names end so; null drops them."""
    found = {name: change(one) if name.endswith(end) else one for name, one in tensors.items()}
    assert any(name.endswith(end) for name in tensors)
    return {name: one for name, one in found.items() if one is not None}


PART = "base_model.model.model.layers.0.self_attn.q_proj."
UP = "layers.0.self_attn.q_proj.lora_B.weight"
DOWN = "layers.0.self_attn.q_proj.lora_A.weight"
TENSORS: dict[str, tuple[Callable[[dict[str, Any]], dict[str, Any]], str]] = {
    "compiled": (lambda t: renamed(t, "model.model.", "model._orig_mod.model."), "_orig_mod"),
    "wrapped": (lambda t: renamed(t, "base_model.", "_orig_mod.base_model."), "_orig_mod"),
    "without peft's beginning": (lambda t: renamed(t, "base_model.model.", ""), "does not begin"),
    "named otherwise": (lambda t: renamed(t, ".weight", ".policy.weight"), "lora_A.policy"),
    "not a number": (lambda t: _with(t, UP, lambda one: one * float("nan")), "not finite"),
    "infinite": (lambda t: _with(t, DOWN, lambda one: one / 0), "not finite"),
    "rank 0": (
        lambda t: _with(_with(t, UP, lambda one: one[:, :0]), DOWN, lambda one: one[:0]),
        "rank 4",
    ),
    "another rank": (
        lambda t: _with(_with(t, UP, lambda one: one[:, :2]), DOWN, lambda one: one[:2]),
        "rank 4",
    ),
    "half": (lambda t: _with(t, UP, lambda _: None), "layers.0.self_attn.q_proj has no"),
    "other half": (lambda t: _with(t, DOWN, lambda _: None), "layers.0.self_attn.q_proj has no"),
    "a module missing": (
        lambda t: {k: v for k, v in t.items() if "layers.1.mlp" not in k},
        "layers.1.mlp.down_proj has no tensors",
    ),
    "a module too many": (
        lambda t: renamed(t, "0.self_attn.q_proj", "0.self_attn.k_proj"),
        "k_proj.lora_A.weight is of a module that target_modules",
    ),
    "another model's": (lambda t: renamed(t, "layers.1", "layers.9"), "the model does not have"),
    "unknown part": (
        lambda t: {**t, "base_model.model.model.layers.0.q.lora_diag": torch.ones(4)},
        "lora_diag is no part",
    ),
    "unasked part": (
        lambda t: {**t, PART + "lora_magnitude_vector": torch.ones(32)},
        "asks for no",
    ),
    "whole numbers": (lambda t: _with(t, UP, lambda one: one.to(torch.int8)), "kind I8"),
    "wrong shape": (lambda t: _with(t, UP, lambda one: one[:-1]), "has the shape"),
    "larger vocabulary": (
        lambda t: {**t, "base_model.model.model.embed_tokens.weight": torch.ones(98, 32)},
        r"embed_tokens.weight has the shape \(98, 32\)",
    ),
    "passed over": (lambda t: {**t, PART + "weight": torch.ones(32, 32)}, "peft passes over"),
}


@pytest.mark.parametrize("case", TENSORS)
def test_a_tensor_without_a_place_is_refused(
    case: str, zoo_models: dict[str, Path], tmp_path: Path
) -> None:
    """Each is named, and none is left out in silence as peft leaves some."""
    change, named = TENSORS[case]
    adapter = save_adapter(zoo_models["tied"], tmp_path / "adapter")
    change_tensors(adapter, change)
    refuses(zoo_models["tied"], adapter, named)


@pytest.mark.parametrize("part", ["embed_tokens", "lm_head"])
def test_a_tied_pair_that_differs_is_refused(
    part: str, zoo_models: dict[str, Path], tmp_path: Path
) -> None:
    """Beside a tied model one tensor cannot be both; which one peft loads is an accident."""
    base = zoo_models["tied"]
    adapter = save_adapter(base, tmp_path / "adapter")
    ends = {"base_model.model.lm_head.weight", "base_model.model.model.embed_tokens.weight"}
    both = {name: torch.ones(96, 32) * (1 + (part in name)) for name in ends}
    change_tensors(adapter, lambda tensors: {**tensors, **both})
    refuses(base, adapter, "lm_head.weight differ")


@pytest.mark.parametrize("cut", [0, 5, -40])
@pytest.mark.parametrize("name", ["adapter_model.safetensors", "adapter_config.json"])
def test_a_file_cut_short_is_refused(
    name: str, cut: int, zoo_models: dict[str, Path], tmp_path: Path
) -> None:
    """The file is named."""
    adapter = save_adapter(zoo_models["tied"], tmp_path / "adapter")
    (adapter / name).write_bytes((adapter / name).read_bytes()[:cut])
    refuses(zoo_models["tied"], adapter, name)


def test_a_bias_without_a_place_is_refused(zoo_models: dict[str, Path], tmp_path: Path) -> None:
    """Llama's layers have no bias that LoRA's could be added to."""
    adapter = save_adapter(zoo_models["tied"], tmp_path / "adapter", lora_bias=True)
    refuses(zoo_models["tied"], adapter, r"q_proj\.bias, which the model does not have")


def test_an_adapter_of_another_base_is_refused(zoo_models: dict[str, Path], tmp_path: Path) -> None:
    """Told by the weights: the same model elsewhere is accepted, others of its shape are not."""
    base, other = zoo_models["tied"], save_model(tmp_path / "other", "tied", seed=5)
    adapter = save_adapter(other, tmp_path / "adapter")
    refuses(base, adapter, 'was trained on ".*other"')
    copy = shutil.copytree(other, tmp_path / "copy")
    assert read_adapter(adapter, ModelFolder(copy, "copy", None)).changes


@pytest.mark.parametrize(
    ("named", "revision"), [("some/chat-bnb-4bit", None), ("some/chat", "b" * 40)]
)
def test_a_hub_id_tells_another_base(
    named: str, revision: str | None, zoo_models: dict[str, Path], tmp_path: Path
) -> None:
    """Two names on the hub are two models, and so are two commits."""
    adapter = save_adapter(zoo_models["tied"], tmp_path / "adapter")
    change_settings(adapter, base_model_name_or_path=named, revision=revision)
    model = ModelFolder(zoo_models["tied"], "some/chat", "a" * 40)
    with pytest.raises(InputError, match="was trained on"):
        read_adapter(adapter, model)


@pytest.mark.parametrize(
    ("named", "revision"),
    [("Some/Chat", None), ("some/chat", "main"), ("/models/elsewhere", None)],
)
def test_what_may_be_the_same_base_is_accepted(
    named: str, revision: str | None, zoo_models: dict[str, Path], tmp_path: Path
) -> None:
    """A branch may be this commit, and a folder of another machine says nothing."""
    adapter = save_adapter(zoo_models["tied"], tmp_path / "adapter")
    change_settings(adapter, base_model_name_or_path=named, revision=revision)
    assert read_adapter(adapter, ModelFolder(zoo_models["tied"], "some/chat", "a" * 40)).changes


def refuses(base: Path, folder: Path, named: str) -> None:
    """Hold that merging is refused as the user's input, with the place named."""
    with pytest.raises(InputError, match=named):
        merged_logits(base, folder)
