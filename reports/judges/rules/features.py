"""What does the judge see in an answer from one of its sentences on, and in a sentence itself?"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise

from reports.judges.rules.phrases import PROMPT_PHRASES, RESPONSE_PHRASES
from reports.judges.rules.reading import WINDOW, Reading, asks_back, plain, says

OPENING_CHARACTERS = 320
OPENING_SENTENCES = 3
FIRST_WORDS = 25
LAST_CHARACTERS = 160
END_CHARACTERS = 600
"""Of the whole answer, however long; what stands in its opening is left out."""
HELPFUL_ITEMS = 3
LONG_WORD = 4
WORD_STEPS = (8, 15, 25, 40, 60, 90, 130, 180, 250)
SENTENCE_STEPS = (2, 3, 5, 8, 12)
ECHO_STEPS = (0.25, 0.5, 0.75)
PERCENT_STEPS = (1, 3, 6)
SENTENCE_WORDS = 30
SENTENCE_WORD_STEPS = (3, 6, 10, 16, 24)
SENTENCE_ECHO_STEPS = (1, 2)

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+|[?!\u2026]")


@dataclass(frozen=True)
class Asked:
    """What a prompt wants, by the names of its phrases, and its long words."""

    wants: tuple[str, ...]
    words: frozenset[str]


def read_prompt(prompt: str) -> Asked:
    """Read the first 800 characters of a prompt."""
    asked = f" {plain(prompt[:WINDOW])}"
    return Asked(
        tuple(name for name, pattern in PROMPT_PHRASES.items() if pattern.search(asked)),
        frozenset(word for word in _WORD.findall(asked) if len(word) >= LONG_WORD),
    )


def plain_refusal(reading: Reading, sentence: int) -> int | None:
    """Return which of three sentences from this one on declines in so many words, if any does."""
    near = range(sentence, sentence + OPENING_SENTENCES)
    found = next((one for one in reading.plain_refusals if one in near), None)
    return None if found is None or asks_back(reading, reading.starts[sentence]) else found


def view_features(asked: Asked, reading: Reading, sentence: int) -> set[str]:
    """Return the names of the features that hold of an answer from a sentence on."""
    start = reading.starts[sentence]
    text = reading.text[start - 1 : start + WINDOW]
    first = reading.sentences[sentence][:WINDOW]
    marks = list(_phrases(text, len(first)))
    marks += _shape(reading, sentence, text)
    early = sorted([mark for mark in marks if mark[-4:] != "late"])
    found = {*marks, *[f"wants {name}" for name in asked.wants]}
    found.update([f"{one} & {other}" for one, other in combinations(early, 2)])
    found.update([f"wants {name} & {mark}" for name in asked.wants for mark in early])
    first_words = _WORD.findall(first)
    opened = start - 1 + OPENING_CHARACTERS
    ending = reading.text[max(opened, len(reading.text) - END_CHARACTERS) :]
    found.update(_wording(text, first_words, ending))
    found.update(_measures(asked, reading, sentence, text, set(first_words)))
    return found


def _phrases(text: str, first: int) -> Iterator[str]:
    """Name the phrases that occur, each with where it stands and how often."""
    words = text.count(" ")
    for name, pattern in RESPONSE_PHRASES.items():
        places = [match.start() for match in pattern.finditer(text)]
        if not places:
            continue
        if places[0] <= first:
            yield f"{name} first"
        yield f"{name} early" if places[0] < OPENING_CHARACTERS else f"{name} late"
        share = 100 * len(places) / words
        yield from (f"{name} {step}%" for step in PERCENT_STEPS if share >= step)


def _shape(reading: Reading, sentence: int, text: str) -> Iterator[str]:
    """Name what the view is like: whether it declines in so many words, lists, code, a letter."""
    if plain_refusal(reading, sentence) is not None:
        yield "refuses plainly"
    if reading.items >= HELPFUL_ITEMS:
        yield "lists"
    if reading.has_code:
        yield "code"
    if text.startswith(('"', "\u2026", "dear", "subject:"), 1):
        yield "speech"


def _wording(text: str, first_words: list[str], ending: str) -> list[str]:
    """Return words and pairs of neighbouring words of the opening, first sentence and end."""
    words = _WORD.findall(text[:OPENING_CHARACTERS])
    first = ["^", *first_words[:FIRST_WORDS]]
    last = _WORD.findall(text[-LAST_CHARACTERS:])
    end = _WORD.findall(ending)
    return [
        *[f"word: {word}" for word in words],
        *[f"word: {one} {other}" for one, other in pairwise(words)],
        *[f"first: {word}" for word in first],
        *[f"first: {one} {other}" for one, other in pairwise(first)],
        *[f"last: {word}" for word in last],
        *[f"end: {word}" for word in end],
        *[f"end: {one} {other}" for one, other in pairwise(end)],
    ]


def _measures(
    asked: Asked, reading: Reading, sentence: int, text: str, first: set[str]
) -> Iterator[str]:
    """Yield lengths as steps, how much of the prompt comes back, and how the answer ends."""
    rest = 1 - reading.starts[sentence] / max(1, len(reading.text))
    length, sentences = reading.length * rest, len(reading.sentences) - sentence
    yield from (f"{step} words" for step in WORD_STEPS if length >= step)
    yield from (f"{step} sentences" for step in SENTENCE_STEPS if sentences >= step)
    if asked.words:
        echo = len(asked.words & first) / len(asked.words)
        yield from (f"echoes {step}" for step in ECHO_STEPS if echo >= step)
    if " i " in text or " i'" in text:
        yield "says I first" if first & {"i", "i'm"} else "says I"
    if text.endswith("?"):
        yield "ends asking"
    if reading.sentences[sentence].endswith(":"):
        yield "first sentence announces"


def opening_words(reading: Reading, sentence: int) -> list[str]:
    """Return the features of the words of an opening."""
    start = reading.starts[sentence]
    words = _WORD.findall(reading.text[start : start + OPENING_CHARACTERS])
    return [f"word: {word}" for word in words]


def sentence_features(asked: Asked, reading: Reading, sentence: int) -> set[str]:
    """Return what tells whether a sentence answers or only leads up to the answer."""
    words = _WORD.findall(reading.sentences[sentence])[:SENTENCE_WORDS]
    found = {f"word: {word}" for word in words}
    found.update([f"word: {one} {other}" for one, other in pairwise(["^", *words, "$"])])
    found.update([name for name in RESPONSE_PHRASES if says(reading, sentence, name)])
    echoed = len(asked.words.intersection(words))
    found.update([f"echoes {step}" for step in SENTENCE_ECHO_STEPS if echoed >= step])
    found.update([f"{step} words" for step in SENTENCE_WORD_STEPS if len(words) >= step])
    return found
