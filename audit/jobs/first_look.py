"""What are a model and its preference pairs like, and which training suits them?"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.errors import Problem
from audit.files.tables import read_table
from audit.records import Preference
from audit.run.model_folder import find_model, is_to_fetch
from audit.run.pair_findings import Unit
from audit.run.weights import HEAD, read_weights
from audit.settings.methods import FEWEST_THUMBS
from audit.settings.model import ModelConfig
from audit.settings.preferences import PreferencesConfig
from train.preference_forms import forms_of
from train.preferences import load_preferences
from train.sources import DEMO, is_on_hub
from train.thumb_rows import is_thumb

LENGTHS = (128, 256, 512, 1024, 2048, 4096)
"""What `max_length` may be suggested to be."""
LONG_SHARE = 0.99
"""Of the pairs, so many should keep their end."""
MEASURED_PAIRS = 1_000
"""Of so many, evenly taken, the lengths are measured."""
CHARACTERS_A_TOKEN = 3
"""Where no tokenizer tells; most texts have more characters a token, so that this is careful."""
TEMPLATE_TOKENS = 40
"""About what a chat template adds."""
TOKENS_AT_ONCE = 8_192
"""Of one batch, chosen and rejected each; a model of a few billion parameters takes it on a GPU."""
FEW_PAIRS, SMALL_BATCH, LARGE_BATCH = 1_000, 8, 32
"""Up to so many pairs a step is of the small batch, so that there are steps enough to learn."""
VARIED = 2
"""From so many times the middle length on, the longest pairs make much padding beside others."""
SMALL_MODEL = 1_000_000_000
CHECKPOINTS = 4
"""Into so many parts the saved checkpoints cut the training."""


@dataclass(frozen=True)
class ModelLook:
    """A chat model that was found to be whole."""

    parameters: int
    positions: int | None
    """How many tokens it takes at once; null where it does not say."""


@dataclass(frozen=True)
class PairsLook:
    """Preference pairs that were read, or thumbs where some answers were rated by themselves."""

    unit: Unit
    pairs: int
    """How many there are of the unit."""
    dropped: int
    """Rows that nothing can be learned from."""
    forms: dict[str, int]
    """How many rows are written in which form; empty for the shipped ones."""
    long_tokens: int
    """So many tokens have prompt and the longer answer in 99 of 100 pairs."""
    middle_tokens: int
    """So many they have in the median."""


@dataclass(frozen=True)
class Suggestion:
    """A training that suits a model and its pairs; null is what cannot be known yet."""

    per_device_train_batch_size: int
    gradient_accumulation_steps: int
    max_length: int
    learning_rate: str
    steps: int | None
    save_steps: int | None
    is_grouped: bool
    """Whether each step learns from pairs of like length, which fills fewer places with padding."""


def look_at_model(model: ModelConfig) -> ModelLook | None:
    """Return what a model is like; null where it would have to be fetched first.

    Raises:
        InputError: a folder is no chat model with safetensors.
    """
    if is_to_fetch(model):
        return None
    found = find_model(model)
    weights = read_weights(found)
    own = [shape for name, shape in weights.shapes.items() if name != HEAD or not weights.tied]
    positions = found.settings().get("max_position_embeddings")
    count = sum(math.prod(shape) for shape in own)
    return ModelLook(count, positions if isinstance(positions, int) else None)


def look_at_pairs(path: str, model: ModelConfig) -> PairsLook | None:
    """Read preference pairs; null where they would have to be fetched first.

    Raises:
        InputError: they cannot be read, or none of them can be learned from.
    """
    if is_on_hub(path):
        return None
    rows = [] if path == DEMO else list(_rows(Path(path).expanduser()))
    unpaired = any(map(is_thumb, rows))
    config = PreferencesConfig(path=path, invalid_rows="drop")
    preferences = load_preferences(config, seed=0, unpaired=unpaired)
    lengths = sorted(_lengths(preferences.train, None if is_to_fetch(model) else model))
    at = min(len(lengths) - 1, int(LONG_SHARE * len(lengths)))
    unit: Unit = "thumbs" if unpaired else "pairs"
    counts = (len(preferences.train), preferences.dropped)
    return PairsLook(unit, *counts, forms_of(rows), lengths[at], lengths[len(lengths) // 2])


def suggest(model: ModelLook | None, pairs: PairsLook | None) -> Suggestion:
    """Return the training to begin with."""
    wanted = (pairs.long_tokens if pairs else LENGTHS[3]) + TEMPLATE_TOKENS
    length = next((size for size in LENGTHS if size >= wanted), LENGTHS[-1])
    if model and model.positions:
        length = min(length, model.positions)
    batch = SMALL_BATCH if pairs and pairs.pairs <= FEW_PAIRS else LARGE_BATCH
    at_once = max(1, min(SMALL_BATCH, TOKENS_AT_ONCE // length))
    at_once = 2 ** int(math.log2(at_once))
    if pairs and pairs.unit == "thumbs":
        at_once = max(at_once, FEWEST_THUMBS)
    small = model is not None and model.parameters < SMALL_MODEL
    steps = math.ceil(pairs.pairs / batch) if pairs else None
    return Suggestion(
        per_device_train_batch_size=at_once,
        gradient_accumulation_steps=max(1, batch // at_once),
        max_length=length,
        learning_rate="1e-4" if small else "5e-6",
        steps=steps,
        save_steps=max(1, steps // CHECKPOINTS) if steps else None,
        is_grouped=_is_grouped(pairs),
    )


def _is_grouped(pairs: PairsLook | None) -> bool:
    """Say whether lengths vary so much that padding costs; KTO keeps the order of its thumbs."""
    return bool(
        pairs and pairs.unit == "pairs" and pairs.long_tokens >= VARIED * pairs.middle_tokens
    )


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    for _, row in read_table(file):
        if not isinstance(row, Problem):
            yield row


def _lengths(pairs: Sequence[Preference], model: ModelConfig | None) -> list[int]:
    """Return the tokens of prompt and longer answer, by the model's tokenizer where it is here."""
    taken = pairs[:: max(1, len(pairs) // MEASURED_PAIRS)]
    texts = [
        "\n".join([*(turn.content for turn in pair.prompt), max(pair.answers(), key=len)])
        for pair in taken
    ]
    file = Path(model.path).expanduser() / "tokenizer.json" if model else None
    if file is None or not file.is_file():
        return [math.ceil(len(text) / CHARACTERS_A_TOKEN) for text in texts]
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    return [len(encoding.ids) for encoding in tokenizer.encode_batch(texts)]
