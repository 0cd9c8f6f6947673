"""Kahneman-Tversky Optimization, which learns from thumbs (Ethayarajh 2024, arXiv:2402.01306)."""

from collections.abc import Sequence
from typing import Any

from datasets import Dataset
from trl import KTOConfig, KTOTrainer

from audit.records import Preference
from train.methods.method import Method
from train.thumb_rows import as_thumbs
from train.tokens import turns_of


class Trainer(Method, KTOTrainer):  # type: ignore[misc] # trl ships no types
    """TRL's KTO."""

    SETTINGS = KTOConfig
    TOKENS = ("prompt_ids", "completion_ids", "KL_completion_ids")
    REFERENCE = ("ref_logps", "ref_KL_logps")

    @staticmethod
    def rows(preferences: Sequence[Preference], arguments: dict[str, Any]) -> Dataset:
        """Return the thumbs, each with its prompt, its answer and whether that was liked."""
        given = {"chat_template_kwargs": arguments} if arguments else {}
        return Dataset.from_list(
            [
                {
                    "prompt": turns_of(thumb),
                    "completion": [{"role": "assistant", "content": thumb.completion}],
                    "label": thumb.label,
                    **given,
                }
                for thumb in as_thumbs(preferences)
            ]
        )

    def rewards_at_start(self) -> list[float]:
        """Return the rewards of the answers, and the estimate of how far the model has moved."""
        logged = self._metrics["train"]
        return [
            value
            for name in ("rewards/chosen", "rewards/rejected", "kl")
            for value in logged.get(name, ())
        ]
