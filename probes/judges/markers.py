"""Which words would a tokenizer take for special tokens, and how are they kept from it?"""

import re
from collections.abc import Sequence
from typing import Any


def unmarked(tokenizer: Any, text: str, quoted: Sequence[str]) -> str:
    """Return the text, in whose quoted parts every special token is broken by a space."""
    special = {str(token.content) for token in tokenizer.added_tokens_decoder.values()}
    special |= {str(token) for token in tokenizer.all_special_tokens}
    words = sorted((word for word in special if len(word) > 1), key=len, reverse=True)
    if not words:
        return text
    pattern = re.compile("|".join(map(re.escape, words)))
    for part in sorted(set(quoted), key=len, reverse=True):
        if part and pattern.search(part):
            inert = pattern.sub(lambda marker: f"{marker.group()[0]} {marker.group()[1:]}", part)
            text = text.replace(part, inert)
    return text
