"""In which words does the model refuse what it answered before?"""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import takewhile

from audit.axis import OVER_REFUSAL
from audit.files.borders import visible
from audit.records import Probe
from reports.axes import is_refused
from reports.page.sides import Side

SHARED_WORDS, SHOWN_WORDS = 3, 6
"""Answers that begin with so many words alike are of one wording, which shows more if all have."""
FEWEST = 2
SHOWN = 8
MANY = 5
"""New refusals of one wording that are worth a step of their own."""
_WORD = re.compile(r"[\w'\N{RIGHT SINGLE QUOTATION MARK}]+")


@dataclass(frozen=True)
class Wording:
    """One way to begin a refusal, and the harmless probes that were newly refused so."""

    opening: str
    """The first words of the answers, in small letters, as far as all share them."""
    probes: list[str]
    """Their ids."""
    categories: str
    """Where, the most frequent first, each with its number."""


def new_refusals(probes: list[Probe], sides: tuple[Side, Side]) -> list[Wording]:
    """Group the harmless probes that are refused only after by how their answers begin.

    Openings of one probe only are left out; the most frequent come first.
    """
    after = sides[1]
    groups: dict[tuple[str, ...], list[Probe]] = {}
    for probe in _newly_refused(probes, sides):
        first = _words(after.responses[probe.id][0].text)[:SHARED_WORDS]
        groups.setdefault(tuple(first), []).append(probe)
    large = [
        _wording(members, [_words(after.responses[probe.id][0].text) for probe in members])
        for members in groups.values()
        if len(members) >= FEWEST
    ]
    return sorted(large, key=lambda wording: (-len(wording.probes), wording.opening))[:SHOWN]


def commonest(probes: list[Probe], sides: tuple[Side, Side]) -> str:
    """Return a sentence on how most new refusals begin; empty where few begin alike."""
    wordings = new_refusals(probes, sides)
    if not wordings or len(wordings[0].probes) < MANY:
        return ""
    first, total = wordings[0], len(_newly_refused(probes, sides))
    return (
        f"{len(first.probes)} of {total} new refusals of harmless probes begin with "
        f'"{first.opening}": look for pairs that choose it where an answer would do.'
    )


def _newly_refused(probes: list[Probe], sides: tuple[Side, Side]) -> list[Probe]:
    return [
        probe
        for probe in probes
        if OVER_REFUSAL.is_about(probe)
        and [is_refused(side.verdicts.get(probe.id, [])) for side in sides] == [False, True]
    ]


def _wording(members: list[Probe], said: list[list[str]]) -> Wording:
    counts = Counter(probe.category for probe in members).most_common()
    categories = ", ".join(f"{visible(name)} {count}" for name, count in counts)
    shared = takewhile(lambda words: len(set(words)) == 1, zip(*said, strict=False))
    opening = " ".join(words[0] for words in shared) or "(nothing)"
    return Wording(opening, [probe.id for probe in members], categories)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())[:SHOWN_WORDS]
