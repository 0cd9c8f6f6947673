"""How do the pages come from their templates, with everything that a model wrote escaped?"""

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from audit.files.borders import markdown, visible
from reports.words.axes import counted, p_value, percent, points, signed
from reports.words.people import error_sentence

SHOWN_CHARACTERS = 4_000


def render(template: str, **values: Any) -> str:
    """Return a page or a text; the same values give the same bytes, and HTML is escaped."""
    environment = _environment(markdown_=template.endswith(".md"))
    return str(environment.get_template(template).render(**values))


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


def _harmless_in_html(value: object) -> object:
    """Return a text as it can be seen; HTML is escaped after that."""
    return visible(value, None) if type(value) is str else value


def _harmless_in_markdown(value: object) -> object:
    return markdown(value) if isinstance(value, str) else value


def _shown(text: str) -> str:
    return visible(text, SHOWN_CHARACTERS)


def _environment(*, markdown_: bool) -> Environment:
    environment = Environment(
        loader=PackageLoader("reports.page"),
        autoescape=select_autoescape(["html"]),
        finalize=_harmless_in_markdown if markdown_ else _harmless_in_html,
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
        p_value=lambda probability: p_value(probability).removeprefix("p ").removeprefix("= "),
        judge_error=lambda error, arm: error_sentence(arm, error),
        short=lambda digest: str(digest)[:12],
    )
    return environment
