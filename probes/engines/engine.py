"""What must an engine be able to do?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from audit.run.arm import TakenOn
from audit.run.model_folder import ModelFolder
from audit.settings.run_config import GenerationConfig

if TYPE_CHECKING:
    from probes.arms import OpenedArm

FinishReason = Literal["stop", "length", "unknown"]


@dataclass(frozen=True)
class Question:
    """One answer to write: a probe's token ids, and which of its samples this is."""

    probe_id: str
    sample: int
    token_ids: list[int]
    seed: int
    opens_thinking: bool = False
    """Whether the prompt ends within the model's thoughts."""
    language: str | None = None
    """The probe's language, null where it is not said."""


@dataclass(frozen=True)
class Answer:
    """What came back for a question."""

    probe_id: str
    sample: int
    text: str
    finish_reason: FinishReason
    tokens: int | None
    refusal_log_odds: float | None
    """Of a refusal opening, before the answer's first word; null where the engine does not tell."""
    thoughts: str | None = None
    """What was written before the answer; null where that is not told apart, or nothing was."""


@dataclass(frozen=True)
class EngineIdentity:
    """Which engine answered: two arms may be compared only where all of this is the same."""

    engine: str
    engine_version: str
    precision: str
    device: str
    adapters: Literal["merged", "requested"]
    """Added to the weights, or applied beside them where rounding would swallow the change."""
    engine_settings: dict[str, Any]
    """All that it was loaded with."""
    environment: dict[str, str]
    """The environment variables that it reads."""
    versions: dict[str, str]
    """The libraries that it computes with."""


class Engine(Protocol):
    """One loaded architecture that answers as one arm after another."""

    identity: EngineIdentity
    taken_on: TakenOn
    """By which way it becomes each arm."""

    def become(self, arm: "OpenedArm") -> None:
        """Answer as the arm from now on, by whatever way this engine has to it.

        Raises:
            InputError: the arm is none that this engine can be.
        """

    def log_probabilities(self, texts: list[list[int]]) -> list[float]:
        """Return the log-probability of each token given those before it, text after text.

        Texts are token ids; their first tokens, which nothing stands before, are left out.
        """

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
    untied: bool
    """Whether some arm has an output head apart from an embedding that the model ties it to."""
