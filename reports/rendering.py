"""How do the pages come from their templates, with everything that a model wrote escaped?"""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from audit.files import visible
from reports.annotation_sentences import error_sentence
from reports.sentences import points, signed

SHOWN_CHARACTERS = 4_000


def render(template: str, **values: Any) -> str:
    """Return a page or a text; the same values give the same bytes, and HTML is escaped."""
    return str(_environment().get_template(template).render(**values))


def picture(svg: str) -> Markup:
    """Mark our own chart as HTML; arms' names are the only text of a run in it, escaped by Vega."""
    return Markup(svg)  # noqa: S704 - drawn here


def _shown(text: str) -> str:
    return visible(text, SHOWN_CHARACTERS)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        shown=_shown,
        points=points,
        signed=signed,
        percent=lambda share: f"{share:.1%}",
        whole_percent=lambda share: f"{share:.0%}",
        judge_error=lambda error, arm: error_sentence(arm, error),
        short=lambda digest: str(digest)[:12],
    )
    return environment
