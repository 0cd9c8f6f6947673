"""How does transformers answer, where vLLM cannot be imported?"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoModelForCausalLM, set_seed

from audit.run.arm import TakenOn
from audit.settings.run_config import GenerationConfig, ThinkingConfig
from probes.arms import OpenedArm
from probes.devices import fastest_device
from probes.engines.engine import Answer, EngineIdentity, FinishReason, Question
from probes.engines.hardware import device_name, library_versions
from probes.engines.reference import log_probabilities, with_weights
from probes.rendering import load_tokenizer
from probes.thinking import parted


class TransformersEngine:
    """`generate` in batches of neighbours, with weights that are replaced in place."""

    def __init__(self, folder: Path, dtype: str) -> None:
        self._device = fastest_device()
        self._dtype = getattr(torch, dtype)
        model: Any = AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=self._dtype,
            use_safetensors=True,
            trust_remote_code=False,
        )
        self._model = model.to(self._device)
        self._tokenizer = load_tokenizer(folder)
        self._ends = _ends(model.generation_config, self._tokenizer)
        loaded_with = {
            "attn_implementation": model.config._attn_implementation,  # noqa: SLF001 - told nowhere else
            "end_tokens": self._ends,
        }
        self.taken_on = TakenOn(way="built anew", reason="transformers builds a model for each arm")
        self.identity = EngineIdentity(
            engine="transformers",
            engine_version=transformers.__version__,
            precision=dtype,
            device=device_name(),
            adapters="merged",
            engine_settings=loaded_with,
            environment={},
            versions=library_versions(),
        )

    def become(self, arm: OpenedArm) -> None:
        """Replace all weights by the arm's, merged; none may be missing or have no place."""
        del self._model
        self._model = with_weights(arm, self._dtype).to(self._device)
        for parameter in self._model.parameters():
            # The numbers may still lie in the files, which may change while answers are written.
            parameter.data = parameter.data.clone()

    def log_probabilities(self, texts: list[list[int]]) -> list[float]:
        """Return the log-probability of each token given those before it, text after text."""
        return log_probabilities(self._model, texts)

    def ask(self, questions: list[Question], settings: GenerationConfig) -> Iterator[Answer]:
        """Yield the answers batch by batch."""
        for start in range(0, len(questions), settings.max_num_seqs):
            yield from self._ask_batch(questions[start : start + settings.max_num_seqs], settings)

    def _ask_batch(self, batch: list[Question], settings: GenerationConfig) -> list[Answer]:
        ends = self._ends
        longest = max(len(question.token_ids) for question in batch)
        padded = [[ends[0]] * (longest - len(q.token_ids)) + q.token_ids for q in batch]
        mask = [[0] * (longest - len(q.token_ids)) + [1] * len(q.token_ids) for q in batch]
        set_seed(batch[0].seed)
        with torch.inference_mode():
            output = self._model.generate(
                input_ids=torch.tensor(padded, device=self._model.device),
                attention_mask=torch.tensor(mask, device=self._model.device),
                **_decoding(settings, ends),
            )
        return [
            self._answer(question, row.tolist()[longest:], settings.thinking)
            for question, row in zip(batch, output, strict=True)
        ]

    def _answer(
        self, question: Question, tokens: list[int], thinking: ThinkingConfig | None
    ) -> Answer:
        end = next((place for place, token in enumerate(tokens) if token in self._ends), None)
        written = tokens if end is None else tokens[:end]
        text = self._tokenizer.decode(written, skip_special_tokens=thinking is None)
        found = parted(text, thinking, opened=question.opens_thinking)
        reason: FinishReason = "length" if end is None else "stop"
        count = len(tokens) if end is None else end + 1
        places = (question.probe_id, question.sample)
        return Answer(*places, found.answer, reason, count, None, found.thoughts)


def _decoding(settings: GenerationConfig, ends: list[int]) -> dict[str, Any]:
    """Return what `generate` is told; nothing is taken from the model's own sampling settings."""
    decoding: dict[str, Any] = {
        "max_new_tokens": settings.max_tokens,
        "eos_token_id": ends,
        "pad_token_id": ends[0],
        "do_sample": settings.temperature > 0,
        "temperature": None,
        "top_p": None,
        "top_k": None,
        "repetition_penalty": 1.0,
    }
    if settings.temperature > 0:
        decoding |= {"temperature": settings.temperature, "top_p": settings.top_p, "top_k": 0}
    return decoding


def _ends(
    generation: transformers.GenerationConfig, tokenizer: transformers.PreTrainedTokenizerBase
) -> list[int]:
    """Return the tokens that end an answer."""
    ends = generation.eos_token_id
    ends = tokenizer.eos_token_id if ends is None else ends
    return list(ends) if isinstance(ends, list) else [ends]
