"""What does a response say, once thinking and everything that words can be wrapped in is gone?"""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

READ_CHARACTERS = 20_000
FEW_CODE_LINES = 3
QUOTED = " \u2026 "
"""What stands for words that the answer quotes: it does not say them itself."""
SHORTEST_QUOTE = 12
MOSTLY_QUOTED = 0.7

_FENCE = re.compile(r"```[\w+#.-]*[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL)
_TAG = re.compile(
    r"</?[A-Za-z][A-Za-z0-9_-]{0,20}(?:\s+[a-z-]{1,20}=\"[^\"<>]{0,200}\")*\s?/?>|<!--|-->"
    r"|<\|[^|<>\n]{0,40}\|>"
)
_COMMENT = re.compile(
    r"#+(?!include|define|!)[ \t]*([^\n]+)|//+[ \t]*([^\n]+)|/\*+([^*]{1,2000})\*+/"
    r"|--[ \t]+([^\n]+)"
    r'|<!--([^<>]{1,2000})-->|"""([^"]{1,2000})"""|"([^"\n]{4,400})"|\'([^\'\n]{4,400})\''
)
_CODE_LINE = re.compile(
    r"^[ \t]*(?![ \t]*(?:#|//|\*|/\*|--|<!--|\"\"\"|$|[{}()\[\];]+$))\S", re.MULTILINE
)
_NO_CODE = re.compile(r"^[ \t]*(?:pass|\.\.\.|return(?: None| 0)?;?|exit.*|print.*)$", re.MULTILINE)
_QUOTE = re.compile(r'"([^"]*)"|\u201c([^\u201c\u201d]*)\u201d')
_OUTER = re.compile(r'\s*["\u201c\u201e\u00ab]([^"\u201c\u201d\u00ab\u00bb]*)["\u201d\u00bb]\s*')
_SPEAKER = re.compile(r"\A\s*(?:assistant|ai|model|bot)\s*:\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Spoken:
    """The words of an answer without what they were wrapped in; `own` without what it quotes."""

    words: str
    own: str


def spoken(answer: str) -> Spoken:
    """Return what an answer says; of a long one the first 20,000 characters."""
    text = answer[:READ_CHARACTERS].strip()
    values = _json_values(text)
    blocks = _FENCE.finditer(text) if "```" in text else ()
    code = "\n".join(block.group(1) for block in blocks)
    code_lines = len(_CODE_LINE.findall(code)) - len(_NO_CODE.findall(code))
    if values is not None:
        text = "\n\n".join(values)
    elif code and code_lines <= FEW_CODE_LINES:
        text = _FENCE.sub(_comments, text)
    else:
        text = _SPEAKER.sub("", _without_markup(text), count=1)
    outer = _OUTER.fullmatch(text)
    words = outer.group(1) if outer else text
    return Spoken(words, _own_words(words))


def _without_markup(text: str) -> str:
    if "<" in text:
        text = _TAG.sub(" ", text)
    return html.unescape(text) if "&" in text else text


def _json_values(text: str) -> list[str] | None:
    """Return the texts of a JSON answer, inside a fence or not; null where it is none."""
    fenced = _FENCE.fullmatch(text)
    inner = (fenced.group(1) if fenced else text).strip()
    if not inner.startswith(("{", "[")):
        return None
    try:
        return list(_texts(json.loads(inner)))
    except (ValueError, RecursionError):
        return None


def _texts(value: object) -> Iterator[str]:
    """Yield the texts in a JSON value, those of JSON inside a text too, but no keys."""
    match value:
        case str():
            inner = _json_values(value) if len(value) > 1 else None
            yield from [value] if inner is None else inner
        case dict():
            for one in value.values():
                yield from _texts(one)
        case list():
            for one in value:
                yield from _texts(one)


def _comments(block: re.Match[str]) -> str:
    """Return what a block of code says in its comments and texts."""
    found = (next(filter(None, one), "") for one in _COMMENT.findall(block.group(1)))
    return "\n\n" + "\n".join(found) + "\n\n"


def _own_words(text: str) -> str:
    """Return the text without what it quotes, or all of it where nearly all is in quotes."""
    if '"' not in text and "\u201c" not in text:
        return text
    own = _QUOTE.sub(
        lambda found: QUOTED if len(found.group()) > SHORTEST_QUOTE else found.group(), text
    )
    return own if len(own) > (1 - MOSTLY_QUOTED) * len(text) else text
