"""How is text that a model or a user wrote put before a judge, so that it stays text?"""

import json
import re

LONGEST = 12_000
CUT = " [...] "

_MARKER = re.compile(
    r"<\|[^|<>\n]{0,60}\|>|<\uff5c[^\uff5c<>\n]{0,60}\uff5c>|\[/?(?:INST|SYS|AVAILABLE_TOOLS|TOOL_\w+)\]"
    r"|<</?SYS>>|</?s>|<(?:start|end)_of_turn>|<(?:bos|eos|pad|unk|mask)>|\[(?:CLS|SEP|MASK|PAD)\]",
    re.IGNORECASE,
)


def inert(text: str) -> str:
    """Return the text with every chat marker broken by a space, and cut to 12,000 characters.

    Of a longer text the first five sixths of that and the end are kept. Lone surrogates, which no
    tokenizer reads, become question marks.
    """
    readable = _shortened(text).encode("utf-8", "replace").decode("utf-8")
    return _MARKER.sub(lambda written: broken(written.group()), readable)


def broken(marker: str) -> str:
    """Return a marker that no tokenizer takes for one any more."""
    return f"{marker[0]} {marker[1:]}"


def quoted(text: str) -> str:
    """Return the text as a JSON string: no quote or line break in it can end it."""
    return json.dumps(inert(text), ensure_ascii=False)


def _shortened(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    end = LONGEST // 6
    return text[: LONGEST - end] + CUT + text[-end:]
