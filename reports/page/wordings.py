"""In which words does the model refuse what it answered before?"""

import re
from collections import Counter
from dataclasses import dataclass

from audit.axis import OVER_REFUSAL
from audit.files.borders import visible
from audit.records import Probe
from reports.axes import is_refused
from reports.page.sides import Side

OPENING_WORDS = 6
FEWEST = 2
SHOWN = 8
_WORD = re.compile(r"[\w'\N{RIGHT SINGLE QUOTATION MARK}]+")


@dataclass(frozen=True)
class Wording:
    """One way to begin a refusal, and how many harmless probes were newly refused so."""

    opening: str
    """The first words of the answer, in small letters."""
    probes: int
    categories: str
    """Where, the most frequent first, each with its number."""
    example: str
    """The id of one of the probes."""


def new_refusals(probes: list[Probe], sides: tuple[Side, Side]) -> list[Wording]:
    """Group the harmless probes that are refused only after by how their answers begin.

    Openings of one probe only are left out; the most frequent come first.
    """
    before, after = sides
    groups: dict[str, list[Probe]] = {}
    for probe in probes:
        refused = [is_refused(side.verdicts.get(probe.id, [])) for side in (before, after)]
        if OVER_REFUSAL.is_about(probe) and refused == [False, True]:
            groups.setdefault(_opening(after.responses[probe.id][0].text), []).append(probe)
    large = {words: members for words, members in groups.items() if len(members) >= FEWEST}
    ordered = sorted(large, key=lambda words: (-len(large[words]), words))
    return [_wording(words, large[words]) for words in ordered[:SHOWN]]


def _wording(opening: str, members: list[Probe]) -> Wording:
    counts = Counter(probe.category for probe in members).most_common()
    categories = ", ".join(f"{visible(name)} {count}" for name, count in counts)
    return Wording(opening, len(members), categories, members[0].id)


def _opening(text: str) -> str:
    words = _WORD.findall(text.lower())[:OPENING_WORDS]
    return " ".join(words) or "(nothing)"
