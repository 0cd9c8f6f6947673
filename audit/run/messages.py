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


@dataclass(frozen=True)
class Expected:
    """What a run is expected to take in seconds, before it starts; null is not known."""

    training: float | None
    """0 where nothing is trained."""
    asking: float | None
    answers: int | None
    """Of all arms together."""


Tell = Callable[[Progress | str], None]
"""Receives progress, and sentences that the user should read."""
IsEnough = Callable[[int], bool]
"""Says whether asking may stop after so many probes."""
ENOUGH, MORE = "enough", "more"
"""What a parent answers."""


def as_message(news: Progress | str) -> dict[str, Any]:
    """Return the news as the JSON message that the parent reads."""
    return {"note": news} if isinstance(news, str) else {"progress": asdict(news)}
