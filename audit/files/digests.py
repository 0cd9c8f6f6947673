"""What makes two files, prompts or settings the same? A sha256, never a path or a name."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

BLOCK_BYTES = 1 << 20
"""Weights are read in such parts, so that they need not fit into memory."""


def of_json(value: object) -> str:
    """Return the sha256 of a JSON value, its keys sorted."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def of_files(paths: Iterable[Path]) -> str:
    """Return the sha256 over the names and contents of files, in the order of their names."""
    digest = hashlib.sha256()
    for path in sorted(paths, key=lambda path: path.name):
        digest.update(path.name.encode() + b"\0")
        with path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                digest.update(block)
    return digest.hexdigest()
