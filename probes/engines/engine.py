"""What must an engine be able to do?"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from audit.run.model_folder import ModelFolder
from audit.settings.run_config import GenerationConfig
from probes.adapter import Tensors

FinishReason = Literal["stop", "length"]


@dataclass(frozen=True)
class Question:
    """One answer to write: a probe's token ids, and which of its samples this is."""

    probe_id: str
    sample: int
    token_ids: list[int]
    seed: int


@dataclass(frozen=True)
class Answer:
    """What came back for a question."""

    probe_id: str
    sample: int
    text: str
    finish_reason: FinishReason
    tokens: int
    refusal_log_odds: float | None
    """Of a refusal opening, before the first word; null where the engine does not tell."""


@dataclass(frozen=True)
class EngineIdentity:
    """Which engine answered: two arms may be compared only where all of this is the same."""

    engine: str
    engine_version: str
    precision: str
    device: str
    adapters: Literal["merged", "requested"]
    """Added to the weights, or applied beside them where rounding would swallow the change."""


class Engine(Protocol):
    """One loaded architecture whose weights are replaced in place, arm after arm."""

    identity: EngineIdentity

    def load_weights(self, tensors: Tensors) -> None:
        """Replace all weights."""

    def use_adapter(self, folder: Path | None) -> None:
        """Answer with an adapter beside the weights, or with none; needs `lora_rank` at loading."""

    def ask(self, questions: list[Question], settings: GenerationConfig) -> Iterator[Answer]:
        """Yield each answer as soon as it is written, in whatever order."""


@dataclass(frozen=True)
class Loading:
    """What an engine is loaded with. `longest` is the longest prompt in tokens."""

    model: ModelFolder
    dtype: str
    longest: int
    lora_rank: int | None
    """The largest rank of adapters applied beside the weights; null where all are merged."""
