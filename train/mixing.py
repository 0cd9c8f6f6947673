"""Which pairs of several sources are learned from, so that each gives its rows or its share?"""

import random
from fractions import Fraction
from math import floor

from audit.errors import InputError, Problem
from audit.files.lines import refuse
from train.sources import PlacedPair, Source


def mixed(sources: list[Source], seed: int, total: int | None) -> list[PlacedPair]:
    """Draw from every source what the configuration asks for, in the order of the sources.

    `total` is how many pairs are wanted altogether; null where all are. What is drawn from a
    source follows from the seed and the source alone, so that another source beside it changes
    nothing of it.

    Raises:
        InputError: a source has fewer pairs than it is to give.
    """
    counts = _counts(sources, total)
    refuse(
        [
            _too_few(source, count)
            for source, count in zip(sources, counts, strict=True)
            if count > len(source.pairs)
        ]
    )
    return [
        pair
        for source, count in zip(sources, counts, strict=True)
        for pair in _drawn(source, count, seed)
    ]


def _drawn(source: Source, count: int, seed: int) -> list[PlacedPair]:
    """Draw so many pairs; all of them stay in their own order."""
    if count == len(source.pairs):
        return source.pairs
    lot = random.Random(f"{seed} {source.config.place}")  # noqa: S311 - reproducible, no secret
    places = lot.sample(range(len(source.pairs)), count)
    return [source.pairs[place] for place in sorted(places)]


def _counts(sources: list[Source], total: int | None) -> list[int]:
    """Return how many pairs each source gives."""
    weights = [Fraction(str(source.config.weight or 0)) for source in sources]
    fixed = [
        0 if source.config.weight else source.config.rows or len(source.pairs) for source in sources
    ]
    if not any(weights):
        return fixed
    shares = [weight / sum(weights) for weight in weights]
    if total is None:
        return [*map(sum, zip(fixed, _largest(sources, shares), strict=True))]
    left = total - sum(fixed)
    if left < 1:
        what = f"is {total} with the held-out pairs, and sources without a weight give {sum(fixed)}"
        raise InputError(Problem("preferences.limit", what, "raise it, or ask for fewer rows"))
    return [*map(sum, zip(fixed, _apportioned(left, shares), strict=True))]


def _largest(sources: list[Source], shares: list[Fraction]) -> list[int]:
    """Return the largest numbers in these shares that the sources have."""
    sizes = [
        len(source.pairs) / share for source, share in zip(sources, shares, strict=True) if share
    ]
    return [floor(min(sizes) * share) for share in shares]


def _apportioned(total: int, shares: list[Fraction]) -> list[int]:
    """Divide a total by shares; the largest remainders are rounded up (Hamilton's method)."""
    exact = [total * share for share in shares]
    counts = [floor(part) for part in exact]
    by_remainder = sorted(range(len(shares)), key=lambda place: counts[place] - exact[place])
    for place in by_remainder[: total - sum(counts)]:
        counts[place] += 1
    return counts


def _too_few(source: Source, count: int) -> Problem:
    what = f"has {len(source.pairs)} pairs that can be learned from, and is to give {count}"
    fix = "ask for fewer rows, lower its weight or preferences.limit, or give it more rows"
    return Problem(f"{source.asked_by} ({source.config.title()})", what, fix)
