"""How much memory does a training need, and what did it take in the end?"""

import resource
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import PeftConfig, get_peft_model
from torch._subclasses.fake_tensor import FakeTensorMode
from transformers import AutoConfig, AutoModelForCausalLM

from audit.settings.training import TrainConfig

GIGABYTE = 1e9
LEAST_SHOWN = 0.01
FOUR_BIT_BYTES = 0.5
TEXTS_A_ROW = {"dpo": 2, "kto": 1}
"""A pair is two texts, each with the prompt."""


@dataclass(frozen=True)
class Sizes:
    """What a training holds in memory at every moment, on one device that holds the whole model."""

    parameters: int
    trained: int
    fixed_bytes: float
    """Weights, gradients, the optimizer's averages, and a reference model where one is kept."""
    model: Any
    """The model without numbers, as it is trained."""

    def sentence(self, activations: float | None) -> str:
        """Say what is trained, and the memory that takes, with that of a step where it is known."""
        on_top = "and activations come on top"
        if activations is not None:
            on_top = f"and the activations of the largest step {_gigabytes(activations)} more"
        return (
            f"size: {self.trained:,} of {self.parameters:,} parameters are trained; weights, "
            f"gradients and optimizer take {_gigabytes(self.fixed_bytes)}, {on_top}"
        )


def _gigabytes(count: float) -> str:
    return f"{max(count / GIGABYTE, LEAST_SHOWN):.2f} GB"


def sizes_of(
    folder: Path, train: TrainConfig, adapter: PeftConfig | None, dtype: torch.dtype
) -> Sizes:
    """Count the parameters of a model without numbers, with an adapter where one is trained.

    A trained number has a gradient and AdamW's two averages beside it, all of its own precision.

    Raises:
        ValueError, TypeError, RuntimeError: PEFT cannot put the adapter into the model.
    """
    described = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(described, dtype=dtype)  # type: ignore[no-untyped-call]
        weights = sum(part.numel() for part in model.parameters())
        if adapter:
            model = get_peft_model(model, adapter)
    trained = sum(part.numel() for part in model.parameters() if part.requires_grad)
    added = sum(part.numel() for part in model.parameters()) - weights
    stored = FOUR_BIT_BYTES if train.load_in_4bit else dtype.itemsize
    copies = 1 if adapter or train.precompute_ref_log_probs else 2
    own = torch.float32.itemsize if adapter else dtype.itemsize
    fixed = copies * weights * stored + added * own + trained * (own + 2 * own)
    return Sizes(weights + added, trained, fixed, model)


def activation_bytes(model: Any, train: TrainConfig, longest: int) -> float | None:
    """Count what a step of the longest texts keeps of its way forth for its way back.

    The model is run without numbers, so that every tensor which autograd saves has a size and takes
    no memory. TRL computes the head in parts, so that logits of whole texts are not kept. Returns
    None for a model that cannot be run so.
    """
    texts = train.per_device_train_batch_size * TEXTS_A_ROW[train.method]
    mode = FakeTensorMode()
    own: dict[str, torch.Tensor] = {
        name: mode.from_tensor(part) for name, part in model.named_parameters()
    }
    held_anyway = set(map(_storage, own.values()))
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        if _storage(tensor) not in held_anyway:
            kept[_storage(tensor)] = tensor.untyped_storage().nbytes()
        return tensor

    model.train()
    if train.gradient_checkpointing:
        model.enable_input_require_grads()
        model.gradient_checkpointing_enable()
    own |= {name: mode.from_tensor(part) for name, part in model.named_buffers()}
    try:
        with mode, torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            words = torch.zeros((texts, longest), dtype=torch.long, device="meta")
            arguments = {"input_ids": words, "use_cache": False, "logits_to_keep": 1}
            held = torch.func.functional_call(model, own, kwargs=arguments)
    except (RuntimeError, TypeError, ValueError, NotImplementedError):
        return None
    del held
    return float(sum(kept.values()))


def _storage(tensor: torch.Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)  # noqa: SLF001 - what tells storages apart


def peak_memory_bytes() -> int:
    """Return the most memory that was taken: the GPU's, or without one this whole process's."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
