"""What do an arm's weights say when they are computed outside the engine that answers?"""

from typing import Any

import torch
from transformers import AutoModelForCausalLM

from audit.errors import InputError, Problem
from audit.run.model_folder import ModelFolder
from probes.arms import OpenedArm


def expected_log_probabilities(
    model: ModelFolder, arms: list[OpenedArm], texts: list[list[int]]
) -> dict[str, list[float]]:
    """Return what `log_probabilities` says of the texts with each arm's weights, by arm.

    It is computed with transformers on the processor, in float32, which takes four bytes of memory
    a weight until this returns.

    Raises:
        InputError: a weight is missing, has no place, or is not finite.
    """
    computing: Any = AutoModelForCausalLM.from_pretrained(
        model.folder, dtype=torch.float32, use_safetensors=True, trust_remote_code=False
    )
    by_weights: dict[tuple[str, str | None], list[float]] = {}
    found = {}
    for arm in arms:
        weights = (arm.weights_sha256, arm.adapter.sha256 if arm.adapter else None)
        if weights not in by_weights:
            take_on(computing, arm)
            by_weights[weights] = log_probabilities(computing, texts)
        found[arm.name] = by_weights[weights]
    return found


def take_on(model: Any, arm: OpenedArm) -> None:
    """Give a model of transformers an arm's weights, a tied output head its own.

    Raises:
        InputError: a weight is missing, has no place, or is not finite.
    """
    kind, device = model.dtype, model.device
    tensors = {name: one.to(device, kind, copy=True) for name, one in arm.tensors()}
    broken = [name for name, one in tensors.items() if not torch.isfinite(one).all()]
    expected = model.state_dict().keys()
    wrong = [
        *(f"{name} holds numbers that are not finite" for name in broken),
        *(f"{name} is missing" for name in sorted(expected - tensors.keys())),
        *(f"{name} has no place in the model" for name in sorted(tensors.keys() - expected)),
    ]
    if wrong:
        where = f"{arm.model.folder} ({arm.name})"
        what = f"{wrong[0]}, and {len(wrong) - 1} more tensors" if wrong[1:] else wrong[0]
        raise InputError(Problem(where, what, "save it again with save_pretrained()"))
    model.load_state_dict(tensors, strict=True, assign=True)


def log_probabilities(model: Any, texts: list[list[int]]) -> list[float]:
    """Return the log-probability of each token given those before it, text after text."""
    found: list[float] = []
    with torch.inference_mode():
        for text in texts:
            tokens = torch.tensor([text], device=model.device)
            stated = model(input_ids=tokens).logits[0, :-1].float().log_softmax(-1)
            found += stated.gather(1, tokens[0, 1:, None])[:, 0].tolist()
    return found
