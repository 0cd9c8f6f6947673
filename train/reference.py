"""Where are the reference's log-probabilities kept, so that a resume need not compute them?"""

from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from datasets import Dataset, concatenate_datasets

from audit.files import digests
from audit.run.directory import RunDirectory
from audit.run.model_folder import ADAPTER_FILES

KEEP_START = "keep_start"
"""How TRL cuts a pair where a method lets nobody choose."""


@dataclass(frozen=True)
class Reference:
    """All that the reference's log-probabilities of the same tokens depend on."""

    weights_sha256: str
    max_length: int
    truncation: str
    precision: str
    attention: str
    batch_size: int
    torch: str
    transformers: str
    adapter_sha256: str | None
    """Of the adapter that is part of it; null where there is none."""


def reference_words(run: RunDirectory) -> str:
    """Say which model is the reference, which is the one that is asked as `before`."""
    if run.start_adapter.is_dir():
        return "the model with the adapter that training starts from"
    return "the model as it is before training"


def reference_of(
    weights_sha256: str, settings: Any, precision: str, attention: str, start: Path | None
) -> Reference:
    """Return what a training's reference depends on beside the tokens.

    `start` is the folder of the adapter that is part of it.
    """
    return Reference(
        weights_sha256,
        settings.max_length,
        getattr(settings, "truncation_mode", KEEP_START),
        precision,
        attention,
        settings.precompute_ref_batch_size,
        version("torch"),
        version("transformers"),
        digests.of_files([start / name for name in ADAPTER_FILES]) if start else None,
    )


def place_of(folder: Path, reference: Reference, rows: Dataset) -> Path:
    """Return the file that holds the log-probabilities of these rows of tokens."""
    tokens = [list(rows[name]) for name in rows.column_names]
    return folder / f"{digests.of_json([asdict(reference), tokens])[:16]}.parquet"


def keep(file: Path, rows: Dataset, columns: list[str]) -> None:
    """Write these columns of TRL's rows; the file is there whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    rows.select_columns(columns).to_parquet(partial)
    partial.replace(file)


def with_kept(file: Path, rows: Dataset) -> Any:
    """Return the rows with the log-probabilities of the file beside their tokens."""
    kept = Dataset.from_parquet(str(file), keep_in_memory=True)
    return concatenate_datasets([rows, kept.with_format(None)], axis=1)
