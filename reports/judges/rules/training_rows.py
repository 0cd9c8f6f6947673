"""Which labelled responses has the built-in judge seen in training?

A judge that is measured on what it was trained on looks better than it is. The rows themselves are
not shipped, only the beginnings of their digests.
"""

from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path

SEEN = Path(__file__).parent / "data" / "trained_on.txt"
DIGITS = 12


def digest(prompt: str, response: str) -> str:
    """Return the first 12 digits of the sha256 of a prompt and a response."""
    joined = f"{prompt}\0{response}".encode("utf-8", "replace")
    return sha256(joined).hexdigest()[:DIGITS]


@cache
def seen_in_training() -> frozenset[str]:
    """Return the digests of all rows that the shipped weights were trained on."""
    return frozenset(SEEN.read_text(encoding="ascii").split())


def write_seen(rows: Iterable[tuple[str, str]]) -> None:
    """Write the digests of the prompts and responses that weights were trained on."""
    digests = sorted({digest(prompt, response) for prompt, response in rows})
    SEEN.write_text("\n".join(digests) + "\n", encoding="ascii")
