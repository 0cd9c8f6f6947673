"""Direct Preference Optimization: learning from pairs (Rafailov et al. 2023, arXiv:2305.18290)."""

from collections.abc import Sequence
from typing import Any

from datasets import Dataset
from trl import DPOConfig, DPOTrainer

from audit.records import Preference
from train.methods.method import Method
from train.sides import pairs_among
from train.tokens import turns_of


class Trainer(Method, DPOTrainer):  # type: ignore[misc] # trl ships no types
    """TRL's DPO."""

    SETTINGS = DPOConfig
    TOKENS = ("prompt_ids", "chosen_ids", "rejected_ids")
    REFERENCE = ("ref_chosen_logps", "ref_rejected_logps")

    @staticmethod
    def rows(preferences: Sequence[Preference], arguments: dict[str, Any]) -> Dataset:
        """Return the pairs, each with its prompt and both answers."""
        given = {"chat_template_kwargs": arguments} if arguments else {}
        return Dataset.from_list(
            [
                {
                    "prompt": turns_of(pair),
                    "chosen": [{"role": "assistant", "content": pair.chosen}],
                    "rejected": [{"role": "assistant", "content": pair.rejected}],
                    **given,
                }
                for pair in pairs_among(preferences)
            ]
        )

    def rewards_at_start(self) -> list[float]:
        """Return by how much the model favours chosen answers more than its reference does."""
        return list(self._metrics["train"]["rewards/margins"])
