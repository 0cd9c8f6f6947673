"""What do an arm's weights say when they are computed outside the engine that answers?"""

from typing import Any

import torch
from transformers import MODEL_FOR_CAUSAL_LM_MAPPING, AutoConfig

from audit.errors import InputError, Problem
from probes.arms import OpenedArm

Texts = tuple[tuple[int, ...], ...]
StatedByWeights = dict[tuple[str, str | None, Texts], list[float]]
"""By the sha256 of weights and adapter, and by texts: what the weights say of the texts."""


def expected_log_probabilities(
    arms: list[OpenedArm], texts: list[list[int]], known: StatedByWeights | None = None
) -> dict[str, list[float]]:
    """Return what `log_probabilities` says of the texts with each arm's weights, by arm.

    It is computed with transformers on the processor, in float32, which takes four bytes of memory
    a weight until this returns. What is found is added to what is `known`.

    Raises:
        InputError: a weight is missing, has no place, or is not finite.
    """
    by_weights = {} if known is None else known
    said = tuple(tuple(text) for text in texts)
    expected = {}
    for arm in arms:
        weights = (arm.weights_sha256, arm.adapter.sha256 if arm.adapter else None, said)
        if weights not in by_weights:
            by_weights[weights] = log_probabilities(with_weights(arm, torch.float32), texts)
        expected[arm.name] = by_weights[weights]
    return expected


def with_weights(arm: OpenedArm, dtype: torch.dtype) -> Any:
    """Return a model of transformers with an arm's weights, each in its place.

    A tied output head is given its own, so that an adapter may change one of both.

    Raises:
        InputError: a weight is missing, has no place, or is not finite.
    """
    config = AutoConfig.from_pretrained(arm.model.folder, trust_remote_code=False)
    if type(config) not in MODEL_FOR_CAUSAL_LM_MAPPING:
        what = f'is a "{config.model_type}", which transformers knows no language model of'
        raise InputError(Problem(str(arm.model.folder), what, "audit a causal language model"))
    config.tie_word_embeddings = False
    tensors = dict(arm.tensors())
    kind: Any = MODEL_FOR_CAUSAL_LM_MAPPING[type(config)]
    model, loaded = kind.from_pretrained(
        None, config=config, state_dict=tensors, dtype=dtype, output_loading_info=True
    )
    wrong = [
        *(f"{name} is missing" for name in sorted(loaded["missing_keys"])),
        *(f"{name} has no place in the model" for name in sorted(loaded["unexpected_keys"])),
        *(f"{name[0]} has another shape" for name in sorted(loaded["mismatched_keys"])),
        *(
            f"{name} holds numbers that are not finite"
            for name, tensor in tensors.items()
            if not torch.isfinite(tensor.sum(dtype=torch.float32))
        ),
    ]
    if wrong:
        more = f" (and {len(wrong) - 1} more tensors)" if wrong[1:] else ""
        where, fix = f"{arm.model.folder} ({arm.name})", "save it again with save_pretrained()"
        raise InputError(Problem(where, wrong[0] + more, fix))
    return model.eval()


def log_probabilities(model: Any, texts: list[list[int]]) -> list[float]:
    """Return the log-probability of each token given those before it, text after text."""
    longest = max(len(text) for text in texts)
    padded = [text + text[-1:] * (longest - len(text)) for text in texts]
    tokens = torch.tensor(padded, device=model.device)
    with torch.inference_mode():
        # No text sees what stands to its right, so that the padding changes nothing.
        stated = model(input_ids=tokens).logits[:, :-1].float().log_softmax(-1)
    chosen = stated.gather(2, tokens[:, 1:, None])[:, :, 0].tolist()
    return [
        value for row, text in zip(chosen, texts, strict=True) for value in row[: len(text) - 1]
    ]
