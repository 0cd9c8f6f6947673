"""Where does the preference data come from, and what of it can be learned from?"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from audit.errors import InputError, Problem
from audit.files import digests
from audit.files.lines import refuse
from audit.files.tables import FILE_KINDS, HubTable, Row, read_hub, read_table
from audit.records import Pair
from audit.settings.run_config import PreferencesConfig
from train.preference_rows import UnusableRowError, to_pair

DEMO = "demo"
"""The name of the shipped pairs."""


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
            yield from read_table(demo)
    elif is_on_hub(path):
        asked_by = "preferences.path"
        table = HubTable(path, config.name, config.data_dir, None, split, None, asked_by)
        yield from read_hub(table)
    else:
        yield from read_table(Path(path).expanduser())
