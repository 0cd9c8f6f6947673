"""How does a sequence-classification model of transformers answer as a judge?"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForSequenceClassification

from audit.errors import InputError, Problem
from audit.run.judging_folder import JudgePrompt, Reply
from audit.settings.judges import ClassifierJudge
from probes.devices import fastest_device
from probes.engines.hardware import precision
from probes.judges.markers import unmarked
from probes.rendering import load_tokenizer

BATCH = 32
LONGEST_TOKENS = 512


def classify(judge: ClassifierJudge, folder: Path, prompts: list[JudgePrompt]) -> Iterator[Reply]:
    """Yield each text's probability of every label, as JSON; texts of like length go together.

    Texts that are longer than the model reads lose the end of the longer part.

    Raises:
        InputError: the model has one label only, which no probability of a refusal comes from.
    """
    tokenizer = load_tokenizer(folder)
    model = _load(judge, folder)
    ordered = sorted(prompts, key=lambda prompt: sum(map(len, prompt.classify or [])))
    for start in range(0, len(ordered), BATCH):
        batch = ordered[start : start + BATCH]
        parts = [
            [unmarked(tokenizer, text, prompt.quoted) for text in prompt.classify or []]
            for prompt in batch
        ]
        encoded = tokenizer(
            *[list(column) for column in zip(*parts, strict=True)],
            padding=True,
            truncation="longest_first",
            max_length=min(tokenizer.model_max_length, _room(model)),
            return_tensors="pt",
        )
        with torch.inference_mode():
            logits = model(**encoded.to(model.device)).logits.float()
        for prompt, row in zip(batch, _shares(model, logits), strict=True):
            yield Reply(id=prompt.id, text=json.dumps(row), error=None)


def _load(judge: ClassifierJudge, folder: Path) -> Any:
    device = fastest_device()
    model: Any = AutoModelForSequenceClassification.from_pretrained(
        folder,
        dtype=getattr(torch, precision(judge.model.dtype)),
        use_safetensors=True,
        trust_remote_code=False,
    )
    if model.config.num_labels == 1:
        what = "has one label only, and no probability of a refusal comes from it"
        raise InputError(Problem(str(folder), what, "name a model with two labels or more"))
    return model.to(device).eval()


def _room(model: Any) -> int:
    """Return how many tokens the model reads; RoBERTa's positions start after the padding's."""
    positions = int(getattr(model.config, "max_position_embeddings", LONGEST_TOKENS))
    offset = (model.config.pad_token_id or 0) + 1 if "oberta" in type(model).__name__ else 0
    return positions - offset


def _shares(model: Any, logits: torch.Tensor) -> list[dict[str, float]]:
    independent = model.config.problem_type == "multi_label_classification"
    shares = torch.sigmoid(logits) if independent else torch.softmax(logits, dim=-1)
    names = [model.config.id2label[place] for place in range(shares.shape[1])]
    return [dict(zip(names, row, strict=True)) for row in shares.tolist()]
