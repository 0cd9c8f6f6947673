"""Where does the preference data come from, and what of it can be learned from?"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from audit import digests
from audit.config import PreferencesConfig
from audit.errors import InputError, Problem
from audit.files import read_json_lines, refuse
from audit.records import Pair
from train.preference_rows import UnusableRowError, to_pair

FILE_KINDS = (".jsonl", ".jsonl.gz", ".json", ".csv", ".parquet")
DEMO = "demo"

Row = tuple[str, dict[str, Any] | Problem]
"""Where a row stands, and the row."""


@dataclass(frozen=True)
class Preferences:
    """The pairs to train on and to evaluate on, and how many rows had to be dropped."""

    train: list[Pair]
    evaluation: list[Pair]
    dropped: int
    sha256: str


def load_preferences(config: PreferencesConfig, seed: int) -> Preferences:
    """Read, check, shuffle by the seed and cut the preference data.

    Raises:
        InputError: a source cannot be read, rows cannot be used (all of them named, unless the
            configuration drops them), or nothing is left.
    """
    pairs, dropped = _usable(_rows(config, config.path, config.split), config)
    random.Random(seed).shuffle(pairs)  # noqa: S311 - a reproducible order, no secret
    evaluation: list[Pair] = []
    if config.eval_path or config.eval_split:
        source = _rows(config, config.eval_path or config.path, config.eval_split or config.split)
        evaluation, more = _usable(source, config)
        evaluation, dropped = evaluation[: config.eval_limit], dropped + more
    elif config.eval_limit:
        evaluation, pairs = pairs[: config.eval_limit], pairs[config.eval_limit :]
    pairs = pairs[: config.limit]
    if not pairs:
        raise InputError(Problem(config.path, "no pair is left to train on", "give more rows"))
    sha256 = digests.of_json([[pair.model_dump() for pair in part] for part in (pairs, evaluation)])
    return Preferences(pairs, evaluation, dropped, sha256)


def is_on_hub(path: str) -> bool:
    """Say whether the path names a hub data set: it is no file here and looks like none."""
    local = path == DEMO or path.startswith((".", "/", "~")) or Path(path).exists()
    return not (local or path.endswith(FILE_KINDS))


def _usable(rows: Iterator[Row], config: PreferencesConfig) -> tuple[list[Pair], int]:
    pairs: list[Pair] = []
    problems: list[Problem] = []
    for where, row in rows:
        if isinstance(row, Problem):
            problems.append(row)
            continue
        try:
            pairs.append(to_pair(row))
        except UnusableRowError as error:
            problems.append(Problem(where, error.what, error.fix))
    if config.invalid_rows == "refuse":
        refuse(problems)
    return pairs, len(problems)


def _rows(config: PreferencesConfig, path: str, split: str) -> Iterator[Row]:
    if path == DEMO:
        with as_file(files("train") / "data" / "demo_pairs.jsonl") as demo:
            yield from _json_lines(demo)
    elif is_on_hub(path):
        yield from _hub_rows(config, path, split)
    elif path.endswith((".jsonl", ".jsonl.gz")):
        yield from _json_lines(Path(path).expanduser())
    else:
        yield from _table_rows(Path(path).expanduser())


def _json_lines(path: Path) -> Iterator[Row]:
    for number, row in read_json_lines(path):
        yield f"{path}:{number}", row


def _table_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a CSV, JSON (a list of objects) or Parquet file, counted from 1."""
    import pandas as pd
    from pyarrow import parquet

    readers: dict[str, Callable[[Path], list[dict[Any, Any]]]] = {
        ".csv": lambda file: pd.read_csv(file).to_dict(orient="records"),
        ".json": lambda file: pd.read_json(file).to_dict(orient="records"),
        ".parquet": lambda file: parquet.read_table(file).to_pylist(),
    }
    reader = readers.get(path.suffix)
    if reader is None:
        fix = f"give one of {', '.join(FILE_KINDS)}, or a hub id"
        raise InputError(Problem(str(path), "is no kind of file that is read here", fix))
    try:
        rows = reader(path)
    except (OSError, ValueError, pd.errors.ParserError) as error:
        reason = str(error).splitlines()[0]
        fix = "check that it is there and what it holds"
        raise InputError(Problem(str(path), f"cannot be read ({reason})", fix)) from error
    for number, row in enumerate(rows, start=1):
        kept = {str(key): value for key, value in row.items() if not _is_missing(value)}
        yield f"{path} row {number}", kept


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and value != value)  # noqa: PLR0124 - NaN


def _hub_rows(config: PreferencesConfig, path: str, split: str) -> Iterator[Row]:
    import datasets

    try:
        table = datasets.load_dataset(path, name=config.name, data_dir=config.data_dir, split=split)
    except (OSError, ValueError, datasets.exceptions.DatasetsError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        what = f'"{path}" is no file here, and the hub did not give it ({reason})'
        fix = "give a file that exists, or a hub id that this machine can reach (HF_TOKEN)"
        raise InputError(Problem("preferences.path", what, fix)) from error
    for number, row in enumerate(table):
        yield f"{path} {split}[{number}]", dict(row)
