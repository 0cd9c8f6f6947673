"""Do the two arms begin their answers differently, and of how many is the judge unsure?

Training with DPO changes how answers open before it changes what they say, and a judge is measured
on the openings of other models.
"""

import re
from collections import Counter
from dataclasses import dataclass

from audit.records import REFUSALS
from reports.page.sides import Side

OPENING_WORDS = 3
COMMON, RARE = 0.05, 0.01
"""An opening is new where at least so many answers after begin so, and at most so few before."""
FEWEST = 5
SHOWN = 5
UNSURE, SURE = 0.75, 0.9
_WORD = re.compile(r"[\w'\N{RIGHT SINGLE QUOTATION MARK}]+")


@dataclass(frozen=True)
class NewOpening:
    """A way to begin an answer that came with the training."""

    words: str
    """The first words, in small letters."""
    before: int
    """How many answers before begin so."""
    after: int
    refused: int
    """How many of those after were judged refusals."""


@dataclass(frozen=True)
class Unsure:
    """How many verdicts of an arm have a confidence below 0.75, of those that have one."""

    count: int
    of: int


def new_openings(before: Side, after: Side) -> list[NewOpening]:
    """Return the openings that after has often and before hardly ever, the most frequent first.

    Those that are refusals in the judge's sure opinion are left out: such it was measured on.
    """
    counted = [Counter(_openings(side).values()) for side in (before, after)]
    totals = [max(1, counts.total()) for counts in counted]
    new = [
        words
        for words, count in counted[1].most_common()
        if count >= FEWEST and count >= COMMON * totals[1] and counted[0][words] <= RARE * totals[0]
    ]
    refused = Counter(words for at, words in _openings(after).items() if _is_refused(after, *at))
    plain = Counter(
        words for at, words in _openings(after).items() if _is_refused(after, *at, SURE)
    )
    return [
        NewOpening(words, counted[0][words], counted[1][words], refused[words])
        for words in new
        if plain[words] < SURE * counted[1][words]
    ][:SHOWN]


def unsure(side: Side) -> Unsure:
    """Count the verdicts of which the judge is unsure."""
    verdicts = [one for verdicts in side.verdicts.values() for one in verdicts]
    sure = [one.confidence for one in verdicts if one.confidence is not None]
    return Unsure(sum(confidence < UNSURE for confidence in sure), len(sure))


def _openings(side: Side) -> dict[tuple[str, int], str]:
    """Return the first words of every answer that has so many, by probe and sample."""
    words = {
        (probe, row.sample): _WORD.findall(row.text[:200].lower())[:OPENING_WORDS]
        for probe, rows in side.responses.items()
        for row in rows
    }
    return {at: " ".join(first) for at, first in words.items() if len(first) == OPENING_WORDS}


def _is_refused(side: Side, probe: str, sample: int, at_least: float = 0.0) -> bool:
    refusals = [one for one in side.verdicts.get(probe, []) if one.label in REFUSALS]
    return any(one.sample == sample and (one.confidence or 0) >= at_least for one in refusals)
