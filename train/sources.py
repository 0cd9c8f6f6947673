"""Which rows does a source of preference data hold, and which pairs are they?"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from audit.errors import Problem
from audit.files.tables import FILE_KINDS, HubTable, Row, read_hub, read_table
from audit.records import Preference
from audit.run.pair_findings import Wish
from audit.settings.preferences import SourceConfig
from train.known_sets import resolved
from train.preference_rows import UnusableRowError, said_wish
from train.thumb_rows import to_preference

DEMO = "demo"
"""The name of the shipped pairs."""
ASKED_BY = "preferences.path"
"""The key that names a source, for messages."""


@dataclass(frozen=True)
class PlacedPair:
    """A pair or a thumb, where it stands, and what its row says of its prompt, null for nothing."""

    where: str
    pair: Preference
    said: Wish | None


@dataclass(frozen=True)
class Source:
    """What a source holds: the pairs in its order, and a problem for each row that is none."""

    config: SourceConfig
    asked_by: str
    """The key of the configuration that names it."""
    pairs: list[PlacedPair]
    problems: list[Problem]


def read_source(config: SourceConfig, asked_by: str, *, unpaired: bool = False) -> Source:
    """Read all rows of a source, and each that can be as a pair or, if wanted, as a thumb.

    Raises:
        InputError: the source cannot be read at all.
    """
    pairs: list[PlacedPair] = []
    problems: list[Problem] = []
    for where, row in _rows(config, asked_by):
        if isinstance(row, Problem):
            problems.append(row)
            continue
        try:
            pairs.append(PlacedPair(where, to_preference(row, unpaired=unpaired), said_wish(row)))
        except UnusableRowError as error:
            problems.append(Problem(where, error.what, error.fix))
    return Source(config, asked_by, pairs, problems)


def is_on_hub(path: str) -> bool:
    """Say whether the path names a hub data set: it is no file here and looks like none."""
    local = path == DEMO or path.startswith((".", "/", "~")) or Path(path).exists()
    return not (local or path.endswith(FILE_KINDS))


def _rows(config: SourceConfig, asked_by: str) -> Iterator[Row]:
    if config.path == DEMO:
        with as_file(files("train") / "data" / "demo_pairs.jsonl") as demo:
            yield from read_table(demo)
    elif is_on_hub(config.path):
        on_hub = resolved(config, asked_by)
        yield from read_hub(
            HubTable(
                id=on_hub.path,
                name=on_hub.name,
                data_dir=on_hub.data_dir,
                data_files=None,
                split=on_hub.split,
                revision=on_hub.revision,
                asked_by=asked_by,
            )
        )
    else:
        yield from read_table(Path(config.path).expanduser())
