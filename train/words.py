"""What are the words of a text, without case and punctuation?"""

import re

from audit.records import Preference

Words = tuple[str, ...]


def words_of(text: str) -> Words:
    """Return the words in their order, in lower case."""
    return tuple(re.findall(r"\w+", text.lower()))


def prompt_text(pair: Preference) -> str:
    """Return all turns of a pair's prompt as one text."""
    return "\n\n".join(turn.content for turn in pair.prompt)
