"""What are an arm's weights: the base model's, with a LoRA adapter added where it has one?

LoRA is Hu et al. 2021, arXiv:2106.09685: W' = W + alpha / r * B A. With rank-stabilised scaling
(Kalajdzievski 2023, arXiv:2312.03732) the factor is alpha / sqrt(r).
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import load_file

from audit.errors import InputError, Problem
from audit.files import digests

Tensors = Iterator[tuple[str, torch.Tensor]]

WEIGHTS = "adapter_model.safetensors"
SETTINGS = "adapter_config.json"
PREFIX = "base_model.model."
UNSUPPORTED = ("use_dora", "modules_to_save", "trainable_token_indices", "target_parameters")


@dataclass(frozen=True)
class Adapter:
    """A LoRA adapter: for each weight of the base model that it changes, B, A and the factor."""

    folder: Path
    sha256: str
    rank: int
    changes: dict[str, tuple[torch.Tensor, torch.Tensor, float]]
    transposed: bool

    def is_uniform(self) -> bool:
        """Say whether every weight has the same rank and factor, as vLLM takes for granted."""
        kinds = {(down.shape[0], factor) for _, down, factor in self.changes.values()}
        return len(kinds) <= 1

    def change_of(self, name: str) -> torch.Tensor:
        """Return what is added to the weight of that name, in float32."""
        up, down, factor = self.changes[name]
        change = factor * (up.float() @ down.float())
        return change.T if self.transposed else change


@dataclass(frozen=True)
class Change:
    """How large an adapter's change is, and how far merging falsifies it.

    `relative` is its size against the weights', 0 where it does nothing. `rounding` is the size of
    merging's rounding error against the change's: 1 where the whole change is rounded away.
    """

    relative: float
    rounding: float


def read_adapter(folder: Path) -> Adapter:
    """Read an adapter as peft saves it.

    Raises:
        InputError: files are missing, or it is of a kind that cannot be merged exactly.
    """
    weights, settings_file = folder / WEIGHTS, folder / SETTINGS
    for file in (weights, settings_file):
        if not file.is_file():
            fix = "give a folder that peft's save_pretrained() wrote"
            raise InputError(Problem(str(folder), f"holds no {file.name}", fix))
    settings = json.loads(settings_file.read_text(encoding="utf-8"))
    _refuse_other_kinds(folder, settings)
    tensors = load_file(weights)
    changes = {}
    for name in sorted(tensors):
        if not name.endswith(".lora_A.weight"):
            continue
        module = name.removeprefix(PREFIX).removesuffix(".lora_A.weight")
        down, up = tensors[name], tensors[name.replace("lora_A", "lora_B")]
        changes[f"{module}.weight"] = (up, down, _factor(settings, module, down.shape[0]))
    scaling = {key: factor for key, (_, _, factor) in changes.items()}
    sha256 = digests.of_json([digests.of_files([weights]), scaling])
    rank = max((down.shape[0] for _, down, _ in changes.values()), default=0)
    return Adapter(folder, sha256, rank, changes, bool(settings.get("fan_in_fan_out")))


def base_tensors(weight_files: list[Path]) -> Tensors:
    """Yield the base model's tensors by name."""
    for file in weight_files:
        with safe_open(file, framework="pt") as tensors:
            for name in tensors.keys():  # noqa: SIM118 - safe_open is no dict
                yield name, tensors.get_tensor(name)


def merged_tensors(weight_files: list[Path], adapter: Adapter) -> Tensors:
    """Yield the base model's tensors with the adapter added, in the base's precision.

    Raises:
        InputError: the adapter changes a weight that the base model does not have, or of
            another shape.
    """
    left = set(adapter.changes)
    for name, tensor in base_tensors(weight_files):
        if name not in adapter.changes:
            yield name, tensor
            continue
        change = adapter.change_of(name)
        if change.shape != tensor.shape:
            what = f"changes {name} as {tuple(change.shape)}, the model has {tuple(tensor.shape)}"
            raise _other_model(adapter, what)
        left.discard(name)
        yield name, (tensor.float() + change).to(tensor.dtype)
    if left:
        raise _other_model(adapter, f"changes {min(left)}, which the model does not have")


def measure_change(weight_files: list[Path], adapter: Adapter, dtype: torch.dtype) -> Change:
    """Measure the adapter's change of the weights, in the precision of the engine.

    With W the changed weights, D the change and q the rounding to `dtype`, `relative` is
    |D| / |W| and `rounding` is |q(W + D) - q(W) - D| / |D|, Frobenius norms over all of them.
    """
    changed = weight = lost = 0.0
    for name, tensor in base_tensors(weight_files):
        if name in adapter.changes:
            change = adapter.change_of(name)
            merged = (tensor.float() + change).to(dtype).float() - tensor.to(dtype).float()
            changed += float(change.square().sum())
            lost += float((merged - change).square().sum())
            weight += float(tensor.float().square().sum())
    if not changed:
        return Change(0.0, 0.0)
    return Change(math.sqrt(changed / weight), math.sqrt(lost / changed))


def _factor(settings: dict[str, Any], module: str, rank: int) -> float:
    alpha = _of_pattern(settings.get("alpha_pattern") or {}, module, settings["lora_alpha"])
    return float(alpha / (math.sqrt(rank) if settings.get("use_rslora") else rank))


def _of_pattern(pattern: dict[str, float], module: str, otherwise: float) -> float:
    """Return the value of the first pattern that the module's name ends with, as peft matches."""
    for key, value in pattern.items():
        if re.match(rf"(.*\.)?({key})$", module):
            return value
    return otherwise


def _refuse_other_kinds(folder: Path, settings: dict[str, Any]) -> None:
    where, fix = str(folder / SETTINGS), "merge it into the model with peft, and audit that"
    if settings.get("peft_type") != "LORA":
        what = f"is a {settings.get('peft_type')} adapter, not LoRA"
        raise InputError(Problem(where, what, fix))
    for key in UNSUPPORTED:
        if settings.get(key):
            raise InputError(Problem(where, f'uses "{key}", which is not merged here', fix))
    if settings.get("bias", "none") != "none":
        raise InputError(Problem(where, "changes biases, which are not merged here", fix))


def _other_model(adapter: Adapter, what: str) -> InputError:
    fix = "give the adapter that was trained on this model"
    return InputError(Problem(str(adapter.folder), what, fix))
