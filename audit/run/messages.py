"""What does a stage tell its parent and its user while it works?"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Progress:
    """How far a long step is."""

    task: str
    done: int
    total: int
    unit: str


Tell = Callable[[Progress | str], None]
"""Receives progress, and sentences that the user should read."""


def as_message(news: Progress | str) -> dict[str, Any]:
    """Return the news as the JSON message that the parent reads."""
    return {"note": news} if isinstance(news, str) else {"progress": asdict(news)}
