"""How is a text from outside made harmless where it leaves: to a screen, a log, a page, a table?

One function for each border. Names, answers and files of runs may be anybody's.
"""

import re
import unicodedata

_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
    r"\ufdd0-\ufdef\ufffe\uffff]"
)
"""What steers a terminal, turns the reading direction, or may stand in no XML and no UTF-8."""
_LINE_BREAKS = {ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): " "}
_LOG_COMMAND = re.compile(r"^(\s*)(?=::|##\[)")
"""How a line begins that a CI server takes for a command to it."""
_MARKUP = re.compile(r"[\\`*\[\]<>&|~$]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])")
"""What begins emphasis, code, links, pictures, HTML, tables or formulas in Markdown."""
_OPENING = re.compile(r"^(\s*)(?=(?:#{1,6}|[+-])(?:\s|$)|--|==|::|##\[)|^(\s*\d+)(?=[.)](?:\s|$))")
"""What begins a heading, a list, a rule, or a command in a log where the file is printed."""
_REACHING_OUT = re.compile(r"(?i)(@|://|\bwww|\bmailto|\bxmpp|#(?=\d)|\bgh-(?=\d))")
"""What a server that shows Markdown turns into a mention, a link or a reference by itself."""
_APART = "\u200b"
"""A space without width, which keeps two characters from being read as one sign."""
_SECRETS = re.compile(
    r"(?i)(?<=://)[^\s/@]+(?=@)|(?<=\bbearer )[^\s,;]{8,}"
    r"|(?-i:\b(?:sk|hf|gh[opsu]|github_pat|glpat|xox[abp])[-_][0-9A-Za-z_-]{8,})"
    r"|(?-i:\bAKIA[0-9A-Z]{16}|\bAIza[0-9A-Za-z_-]{30,}|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*)"
    r"|(?<=[?&;])[^\s=&]*(?:key|token|secret|password|sig)[^\s=&]*=[^\s&]+"
)
"""A user with a password in an address, keys as providers write them, and keys in a query."""
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_BLANK = " \t\r\n\x0b\x0c\xa0\u200b\u200c\u200d\u2060\ufeff"
_FORMULA_STARTS = ("=", "+", "-", "@")
"""A cell that begins so is a formula to a spreadsheet, and may come from a model."""


def visible(text: str, limit: int | None = 80) -> str:
    """Return the text cut to `limit` characters, control characters shown as escapes."""
    cut = text if limit is None or len(text) <= limit else text[: limit - 1] + "…"
    return _CONTROL.sub(_escaped, cut)


def one_line(text: str, limit: int | None = 80) -> str:
    """Return the text as `visible` does, with line breaks shown, so that it forges no line."""
    return visible(text.translate(_LINE_BREAKS), limit)


def terminal_line(text: str, limit: int | None = 4_000) -> str:
    """Return one line for a terminal or a log: it steers no screen and no CI server.

    Secrets that a command line or an address held are not in it.
    """
    return _LOG_COMMAND.sub(r"\1\\", one_line(without_secrets(text), limit))


def without_secrets(text: str) -> str:
    """Return the text with passwords and keys left out that can be told by their form."""
    return _SECRETS.sub("[secret]", text)


def markdown(text: str) -> str:
    """Return the text for one paragraph or table cell of Markdown, in which it is only text.

    It holds no markup, link or picture, and a server that shows it finds nobody to notify.
    """
    shown = _MARKUP.sub(_behind_a_stroke, one_line(text, None))
    return _OPENING.sub(r"\g<0>\\", _REACHING_OUT.sub(rf"\1{_APART}", shown))


def _behind_a_stroke(match: re.Match[str]) -> str:
    named = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
    return named.get(match.group(), f"\\{match.group()}")


def xml_text(text: str) -> str:
    """Return the text with all that may not stand in XML shown as escapes; its library quotes."""
    return visible(text, None)


def csv_cell(cell: object) -> object:
    """Return a cell that no spreadsheet runs as a formula, and that every reader can read."""
    if not isinstance(cell, str):
        return cell
    stored = _UNSTORABLE.sub(_escaped, cell)
    begins = unicodedata.normalize("NFKC", stored.lstrip(_BLANK)[:1])  # a wide = is one too
    is_formula = begins.startswith(_FORMULA_STARTS) or stored.startswith(("\t", "\r"))
    return f"'{stored}" if is_formula else stored


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match.group()):04x}"
