"""How is nothing said twice on a page?"""

import re

_BETWEEN = re.compile(r"(?<=[.!?])\s+(?=[A-Z'])")


class Once:
    """Remembers the sentences that a page has said, and leaves them out where they come again."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def __call__(self, text: str) -> str:
        """Return what of a text has not been said yet; empty where all of it has."""
        fresh = [
            sentence for sentence in _BETWEEN.split(text.strip()) if sentence not in self._said
        ]
        self._said.update(fresh)
        return " ".join(fresh)
