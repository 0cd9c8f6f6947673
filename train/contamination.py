"""Does a model learn from the very prompts that it is asked afterwards?"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from audit.records import Pair, Probe

SHARED_WORDS = 8
"""GPT-3's check takes 13 (arXiv:2005.14165), and many one-line probes have fewer."""
Words = tuple[str, ...]


@dataclass(frozen=True)
class Contamination:
    """Which probes, by id, stand in the preference data."""

    probes: int
    """How many probes were looked for."""
    pairs: int
    """How many preference pairs were searched."""
    exact: list[str]
    """The probes whose whole question is a turn or an answer there."""
    shared_runs: list[str]
    """The probes that share 8 words in a row with a turn or an answer, and are not in `exact`."""

    def sentence(self) -> str:
        """Say how much of the probes stands in the preference data."""
        if not self.exact and not self.shared_runs:
            return f"contamination: none of {self.probes} probes stands in the preference data"
        named = ", ".join([*self.exact, *self.shared_runs][:5])
        return (
            f"contamination: of {self.probes} probes {len(self.exact)} stand in the preference "
            f"data and {len(self.shared_runs)} share {SHARED_WORDS} words in a row with it "
            f"({named})"
        )


def find_contamination(pairs: Iterable[Pair], probes: list[Probe]) -> Contamination:
    """Compare every turn and answer of the pairs with every probe's question.

    A question is exactly there where its words, without case and punctuation, are all the words
    of a turn or an answer. Questions of fewer than 8 words can only be there exactly.
    """
    texts: set[Words] = set()
    in_a_row: set[Words] = set()
    count = 0
    for pair in pairs:
        count += 1
        for text in (*(turn.content for turn in pair.prompt), pair.chosen, pair.rejected):
            words = _words(text)
            texts.add(words)
            in_a_row.update(_in_a_row(words))
    asked = {probe.id: _words(probe.question()) for probe in probes}
    exact = [probe for probe, words in asked.items() if words in texts]
    shared = [
        probe
        for probe, words in asked.items()
        if words not in texts and not in_a_row.isdisjoint(_in_a_row(words))
    ]
    return Contamination(len(probes), count, exact, shared)


def _words(text: str) -> Words:
    return tuple(re.findall(r"\w+", text.lower()))


def _in_a_row(words: Words) -> Iterator[Words]:
    return (words[place : place + SHARED_WORDS] for place in range(len(words) - SHARED_WORDS + 1))
