"""Which answers were liked, and which were not?"""

from collections.abc import Iterable
from statistics import median

from audit.records import Pair, Preference


def sides(preferences: Iterable[Preference]) -> tuple[list[str], list[str]]:
    """Return the answers that were chosen or liked, and those rejected or disliked."""
    thumbs = [thumb for one in preferences for thumb in one.thumbs()]
    liked, disliked = (
        [thumb.completion for thumb in thumbs if thumb.label is label] for label in (True, False)
    )
    return liked, disliked


def pairs_among(preferences: Iterable[Preference]) -> list[Pair]:
    """Return those that are pairs."""
    return [one for one in preferences if isinstance(one, Pair)]


def middle_length(texts: Iterable[str]) -> float:
    """Return the length of the middle text in characters; 0 where there is none."""
    return median([len(text) for text in texts] or [0])
