"""Which part of the probes does one of several machines ask?"""

import hashlib
import re
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from audit.errors import InputError, Problem
from audit.run.arm import Record

FOLDER = "shards"
_WRITTEN = re.compile(r"(\d+)/(\d+)")
_NAMED = re.compile(r"(\d+)-of-(\d+)")


class Shard(Record):
    """One of several parts of the probes, which together are all of them."""

    number: Annotated[int, Field(ge=1)]
    """Which part it is, counted from 1."""
    of: Annotated[int, Field(ge=1, le=100_000)]
    """How many parts there are."""

    def __str__(self) -> str:
        """Return it as the command line names it."""
        return f"{self.number}/{self.of}"

    @property
    def folder(self) -> str:
        """The name of its folder, in which names stand in the order of numbers."""
        return f"{self.number:0{len(str(self.of))}d}-of-{self.of}"

    def holds(self, probe_id: str) -> bool:
        """Say whether the probe falls here; its id alone decides, so that all arms share it."""
        place = int.from_bytes(hashlib.sha256(probe_id.encode()).digest()[:8])
        return place % self.of == self.number - 1


def read_shard(written: str) -> Shard:
    """Return the shard that is written as 2/8.

    Raises:
        InputError: it is none.
    """
    found = _WRITTEN.fullmatch(written)
    return _shard(written, found[1], found[2]) if found else _refuse(written)


def shard_folders(root: Path) -> dict[Shard, Path]:
    """Return the folders of shards that a run has, in order."""
    found = {}
    for folder in sorted((root / FOLDER).glob("*-of-*")):
        named = _NAMED.fullmatch(folder.name)
        if named and folder.is_dir():
            found[_shard(folder.name, named[1], named[2])] = folder
    return found


def _shard(written: str, number: str, of: str) -> Shard:
    try:
        shard = Shard(number=int(number), of=int(of))
    except ValidationError:
        _refuse(written)
    return shard if shard.number <= shard.of else _refuse(written)


def _refuse(written: str) -> Shard:
    what = "is no part of the probes"
    raise InputError(Problem(f"--shard {written}", what, "write it as 2/8: the second of eight"))
