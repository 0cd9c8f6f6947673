"""What must an engine be able to do, and which one answers?"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from audit.config import GenerationConfig
from audit.errors import InputError, Problem
from audit.model_folder import ModelFolder
from audit.stage_program import Tell
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


def load_engine(loading: Loading, settings: GenerationConfig, tell: Tell) -> Engine:
    """Load the configured engine; `auto` takes transformers where vLLM cannot be imported.

    Raises:
        InputError: vLLM is asked for by name and cannot be imported, or the engine that answers
            cannot apply adapters that must not be merged.
    """
    _refuse_long_prompts(loading, settings)
    if settings.engine != "transformers":
        try:
            from probes.vllm_engine import VllmEngine
        except ImportError as error:
            if settings.engine == "vllm":
                fix = 'install the extra "cpu" or "cuda", or set generation.engine to auto'
                what = f"vLLM cannot be imported ({error})"
                raise InputError(Problem("generation.engine", what, fix)) from error
            tell(f"vLLM cannot be imported ({error}); transformers answers instead, more slowly")
        else:
            return VllmEngine(loading, settings)
    from probes.transformers_engine import TransformersEngine

    if loading.lora_rank is not None:
        what = f"{loading.dtype} would round the adapter's change away, and only vLLM can help it"
        fix = "set model.dtype to float32, or install vLLM"
        raise InputError(Problem("model.dtype", what, fix))
    return TransformersEngine(loading.model.folder, loading.dtype)


def _refuse_long_prompts(loading: Loading, settings: GenerationConfig) -> None:
    room = loading.model.settings().get("max_position_embeddings")
    if room is not None and loading.longest + settings.max_tokens > room:
        what = f"the longest prompt has {loading.longest} tokens; the model has room for {room}"
        fix = f"lower generation.max_tokens (now {settings.max_tokens}), or leave out long probes"
        raise InputError(Problem("probes", what, fix))
