"""How much memory does a training need before activations, and what did it take in the end?"""

import resource
from dataclasses import dataclass
from pathlib import Path

import torch
from peft import PeftConfig, get_peft_model
from transformers import AutoConfig, AutoModelForCausalLM

from audit.settings.training import TrainConfig

GIGABYTE = 1e9
LEAST_SHOWN = 0.01
FOUR_BIT_BYTES = 0.5


@dataclass(frozen=True)
class Sizes:
    """What a training holds in memory at every moment, on one device that holds the whole model."""

    parameters: int
    trained: int
    fixed_bytes: float
    """Weights, gradients, the optimizer's averages, and a reference model where one is kept."""

    def sentence(self) -> str:
        """Say what is trained, and the least memory that takes."""
        least = f"{max(self.fixed_bytes / GIGABYTE, LEAST_SHOWN):.2f} GB"
        return (
            f"size: {self.trained:,} of {self.parameters:,} parameters are trained; weights, "
            f"gradients and optimizer take {least}, and activations come on top"
        )


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
        model = AutoModelForCausalLM.from_config(described)  # type: ignore[no-untyped-call]
        weights = sum(part.numel() for part in model.parameters())
        if adapter:
            model = get_peft_model(model, adapter)
    trained = sum(part.numel() for part in model.parameters() if part.requires_grad)
    added = sum(part.numel() for part in model.parameters()) - weights
    stored = FOUR_BIT_BYTES if train.load_in_4bit else dtype.itemsize
    copies = 1 if adapter or train.precompute_ref_log_probs else 2
    own = torch.float32.itemsize if adapter else dtype.itemsize
    fixed = copies * weights * stored + added * own + trained * (own + 2 * own)
    return Sizes(weights + added, trained, fixed)


def peak_memory_bytes() -> int:
    """Return the most memory that was taken: the GPU's, or without one this whole process's."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
