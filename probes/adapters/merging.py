"""What are an arm's weights: the base model's, with an adapter's changes where it has one?"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from safetensors import safe_open

from audit.errors import InputError, Problem
from audit.run.weights import HEAD, Weights
from probes.adapters.adapter import Adapter
from probes.adapters.changes import LowRank, Part, Replaced, Rows, Shifted
from probes.adapters.contents import FILE
from probes.devices import fastest_device

Tensors = Iterator[tuple[str, torch.Tensor]]


@dataclass(frozen=True)
class Change:
    """How large an adapter's change is, and how far merging falsifies it.

    `relative` is its size against the weights', 0 where it does nothing. `rounding` is the size of
    merging's rounding error against the change's: 1 where the whole change is rounded away.
    """

    relative: float
    rounding: float


def base_tensors(weights: Weights) -> Tensors:
    """Yield a model's tensors by name; a tied output head comes after its embedding.

    Raises:
        InputError: the configuration ties the two and the files hold different ones.
    """
    ends: dict[str, torch.Tensor] = {}
    for name, tensor in _stored(weights):
        if name in {HEAD, weights.embedding}:
            ends[name] = tensor
        if not (weights.tied and name == HEAD):
            yield name, tensor
        if weights.tied and name == weights.embedding:
            yield HEAD, tensor
    if weights.tied and len(ends) > 1 and not torch.equal(*ends.values()):
        what = f"{HEAD} is not {weights.embedding}, and config.json ties them"
        fix = 'save the model again, or set "tie_word_embeddings" to false if it was trained so'
        raise InputError(Problem(str(weights.files[0].parent), what, fix))


def merged_tensors(weights: Weights, adapter: Adapter) -> Tensors:
    """Yield a model's tensors with an adapter's changes; changed ones in float32.

    Whatever the files' precision, nothing is rounded before the engine rounds to its own. A GPU
    does the arithmetic where there is one, and what is yielded lies in the processor's memory.

    Raises:
        InputError: a tensor of the adapter is not finite.
    """
    device = fastest_device()
    read = _Reader(adapter, device)
    for name, tensor in base_tensors(weights):
        parts = adapter.changes.get(name, ())
        yield name, read.applied(parts, tensor.to(device).float()).cpu() if parts else tensor


def measure_change(weights: Weights, adapter: Adapter, dtype: torch.dtype) -> Change:
    """Measure the adapter's change of the weights, in the precision of the engine.

    With W the changed weights, D the change asked for and q the rounding to `dtype`, `relative` is
    |D| / |W| and `rounding` is |q(W + D) - q(W) - D| / |D|, Frobenius norms over all of them.

    Raises:
        InputError: a tensor of the adapter is not finite.
    """
    device = fastest_device()
    read = _Reader(adapter, device)
    changed = weight = lost = 0.0
    for name, tensor in base_tensors(weights):
        if name in adapter.changes:
            plain = tensor.to(device).double()
            merged = read.applied(adapter.changes[name], plain)
            asked = merged - plain
            made = merged.to(dtype).double() - plain.to(dtype).double()
            changed += float(asked.square().sum())
            lost += float((made - asked).square().sum())
            weight += float(plain.square().sum())
    if not changed:
        return Change(0.0, 0.0)
    return Change(math.sqrt(changed / weight), math.sqrt(lost / changed))


def _stored(weights: Weights) -> Tensors:
    """Yield the tensors of the files."""
    for file in weights.files:
        with safe_open(file, framework="pt") as tensors:
            for name in tensors.keys():  # noqa: SIM118 - safe_open is no dict
                yield name, tensors.get_tensor(name)


class _Reader:
    """An adapter's file, whose tensors are read as they are needed, to one device."""

    def __init__(self, adapter: Adapter, device: str) -> None:
        self._device = device
        self._file = adapter.folder / FILE
        if adapter.same and not torch.equal(*(self._read(name) for name in adapter.same)):
            what = f"{' and '.join(adapter.same)} differ, and the model has one tensor for both"
            raise self._unusable(what)

    def applied(self, parts: tuple[Part, ...], tensor: torch.Tensor) -> torch.Tensor:
        """Return the tensor with the parts applied, in its own precision."""
        for part in parts:
            tensor = self._apply(part, tensor)
        return tensor

    def _apply(self, part: Part, tensor: torch.Tensor) -> torch.Tensor:
        match part:
            case Replaced(by):
                return self._read(by).to(tensor.dtype)
            case Shifted(by, factor):
                return tensor + factor * self._read(by)
            case Rows(by, places):
                rows = torch.tensor(places, device=self._device)
                return tensor.index_copy(0, rows, self._read(by).to(tensor.dtype))
            case LowRank():
                weight = tensor.T if part.transposed else tensor
                weight = weight + part.factor * (self._read(part.up) @ self._read(part.down))
                if part.magnitude:
                    length = torch.linalg.norm(weight, dim=1)
                    weight = (self._read(part.magnitude) / length)[:, None] * weight
                return weight.T.contiguous() if part.transposed else weight

    def _read(self, name: str) -> torch.Tensor:
        with safe_open(self._file, framework="pt") as tensors:
            tensor: torch.Tensor = tensors.get_tensor(name).to(self._device).float()
        if not torch.isfinite(tensor).all():
            raise self._unusable(f"{name} holds numbers that are not finite")
        return tensor

    def _unusable(self, what: str) -> InputError:
        fix = "save the adapter again, or leave this checkpoint out"
        return InputError(Problem(str(self._file), what, fix))
