"""What does an answer say, sentence by sentence, in plain text?"""

import re
from dataclasses import dataclass

from reports.judges.rules.phrases import ASKS_BACK, PLAIN_REFUSAL, RESPONSE_PHRASES
from reports.judges.rules.unwrapping import Spoken, spoken

WINDOW = 800
"""How many characters of an answer are weighed from a sentence on."""

_MARKUP = re.compile(r"[*_#>`\s]+")
_BREAK = re.compile(
    r"\n[ \t]*\n\s*|(?<=[.!?:])\s+|\n(?=[ \t]*(?:\d{1,2}[.)]|[-*\u2022|]|#{1,4}\s))"
)
_ITEM = re.compile(
    r"^[ \t]*(?:\d{1,2}[.)]|[-*\u2022]|#{1,4} |step \d)", re.MULTILINE | re.IGNORECASE
)
_PLAIN_QUOTES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"'})


@dataclass(frozen=True)
class Reading:
    """An answer as it is judged: lower case, straight quotes, no markup, no words of others.

    `text` starts with a space, and `starts` are the places of the sentences in it.
    `plain_refusals` are the numbers, from 0, of the sentences that decline in so many words.
    `length` counts the words of the whole answer, and `items` and `has_code` are of it too.
    """

    text: str
    sentences: tuple[str, ...]
    starts: tuple[int, ...]
    plain_refusals: tuple[int, ...]
    length: int
    items: int
    has_code: bool
    spoken: Spoken


def plain(text: str) -> str:
    """Return the text in lower case with straight quotes, and single spaces for markup."""
    return _MARKUP.sub(" ", text.translate(_PLAIN_QUOTES).lower()).strip()


def read(answer: str) -> Reading:
    """Read an answer, which is a response without its thinking. A heading opens no answer."""
    said = spoken(answer)
    own = said.own.translate(_PLAIN_QUOTES).lower()
    parts = [part for part in _BREAK.split(own) if part.strip()]
    headings = 0
    while len(parts) - headings > 1 and parts[headings].lstrip().startswith("#"):
        headings += 1
    single = (_MARKUP.sub(" ", part).strip() for part in parts[headings:])
    sentences = tuple(filter(None, single)) or ("",)
    starts, place = [], 1
    for sentence in sentences:
        starts.append(place)
        place += len(sentence) + 1
    return Reading(
        text=f" {' '.join(sentences)}",
        sentences=sentences,
        starts=tuple(starts),
        plain_refusals=_plain_refusals(sentences),
        length=len(said.words.split()) - sum(len(part.split()) for part in parts[:headings]),
        items=len(_ITEM.findall(answer)) - headings,
        has_code="```" in answer,
        spoken=said,
    )


def _plain_refusals(sentences: tuple[str, ...]) -> tuple[int, ...]:
    """Return the numbers of the sentences that decline in so many words."""
    return tuple(
        number
        for number, sentence in enumerate(sentences)
        if ("i " in sentence or "i'" in sentence) and PLAIN_REFUSAL.match(sentence)
    )


def asks_back(reading: Reading, start: int) -> bool:
    """Say whether the answer asks, from a place on, what was meant."""
    return ASKS_BACK.search(reading.text, start - 1, start + WINDOW) is not None


def says(reading: Reading, sentence: int, name: str) -> bool:
    """Say whether a phrase occurs in a sentence."""
    start = reading.starts[sentence]
    end = start + len(reading.sentences[sentence])
    return RESPONSE_PHRASES[name].search(reading.text, start - 1, end) is not None
