"""How do the pages come from their templates, with everything that a model wrote escaped?"""

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from audit.files.lines import visible
from reports.words.axes import counted, percent, points, signed
from reports.words.people import error_sentence

SHOWN_CHARACTERS = 4_000


def render(template: str, **values: Any) -> str:
    """Return a page or a text; the same values give the same bytes, and HTML is escaped."""
    return str(_environment().get_template(template).render(**values))


def picture(svg: str) -> Markup:
    """Mark our own chart as HTML; arms' names are the only text of a run in it, escaped by Vega."""
    return Markup(svg)  # noqa: S704 - drawn here


def embedded(rows: Iterable[str]) -> Markup:
    """Return JSON values as a list that no HTML can begin or end in: <, > and & are escaped."""
    text = f"[{','.join(rows)}]"
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - escaped above


def content_hash(script: str) -> str:
    """Return the script's hash as a content-security policy names it."""
    return "sha256-" + b64encode(sha256(script.encode("utf-8")).digest()).decode("ascii")


def _shown(text: str) -> str:
    return visible(text, SHOWN_CHARACTERS)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports.page"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        shown=_shown,
        points=points,
        signed=signed,
        percent=percent,
        whole_percent=lambda share: f"{share:.0%}",
        counted=counted,
        judge_error=lambda error, arm: error_sentence(arm, error),
        short=lambda digest: str(digest)[:12],
    )
    return environment
