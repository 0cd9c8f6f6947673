"""Which words of two answers differ?"""

import re
from difflib import SequenceMatcher

Span = tuple[int, int]
"""Start and end of a part of a text, in characters."""

_WORD = re.compile(r"\S+")
COMPARED_WORDS = 300
"""Words after these are not compared: a difference is for reading, and reading ends somewhere."""


def differing_words(before: str, after: str) -> tuple[list[Span], list[Span]]:
    """Return the parts of the first text that the second lacks, and those that it adds."""
    first, second = _words(before), _words(after)
    matcher = SequenceMatcher(
        None, [word for word, _ in first], [word for word, _ in second], autojunk=False
    )
    removed: list[Span] = []
    added: list[Span] = []
    for change, start, end, other_start, other_end in matcher.get_opcodes():
        if change == "equal":
            continue
        if end > start:
            removed.append((first[start][1][0], first[end - 1][1][1]))
        if other_end > other_start:
            added.append((second[other_start][1][0], second[other_end - 1][1][1]))
    return removed, added


def _words(text: str) -> list[tuple[str, Span]]:
    words: list[tuple[str, Span]] = []
    for match in _WORD.finditer(text):
        if len(words) == COMPARED_WORDS:
            break
        words.append((match.group(), match.span()))
    return words
