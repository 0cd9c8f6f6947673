"""Which texts share nearly all of their words? Found without comparing each with every other."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from math import ceil

from audit.run.pair_findings import NEARLY
from train.words import words_of


def shared_share(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the words of both as a share of all their words (Jaccard's index)."""
    return len(one & other) / len(one | other) if one or other else 1.0


def near_pairs(texts: Sequence[str]) -> list[tuple[int, int]]:
    """Return, for every text that is near an earlier one, its place and the first such one's.

    Two texts are near where they share NEARLY of all their words, whatever their order. Such texts
    share one of the rarest words of both, so that only those are looked up (Bayardo, Ma & Srikant
    2007, "Scaling Up All Pairs Similarity Search").
    """
    sets = [frozenset(words_of(text)) for text in texts]
    frequency = Counter(word for words in sets for word in words)
    holders: dict[str, list[int]] = defaultdict(list)
    found = []
    for place, words in enumerate(sets):
        rarest_first = sorted(words, key=lambda word: (frequency[word], word))
        telling = rarest_first[: len(words) - ceil(NEARLY * len(words)) + 1]
        candidates = sorted({earlier for word in telling for earlier in holders[word]})
        near = (one for one in candidates if _are_near(words, sets[one]))
        first = next(near, None)
        if first is not None:
            found.append((place, first))
        for word in telling:
            holders[word].append(place)
    return found


def _are_near(one: frozenset[str], other: frozenset[str]) -> bool:
    sizes = sorted((len(one), len(other)))
    return sizes[0] >= NEARLY * sizes[1] and shared_share(one, other) >= NEARLY
