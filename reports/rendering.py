"""How do the pages come from their templates, with everything that a model wrote escaped?"""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from audit.files import visible
from reports.sentences import points, signed

SHOWN_CHARACTERS = 4_000


def render(template: str, **values: Any) -> str:
    """Return a page; the same values give the same bytes."""
    return str(_environment().get_template(template).render(**values))


def picture(svg: str) -> Markup:
    """Mark our own chart as HTML; arms' names are the only text of a run in it, escaped by Vega."""
    return Markup(svg)  # noqa: S704 - drawn here


def _marked(text: str, evidence: str | None) -> Markup:
    """Return a response with the judge's evidence marked, everything in it escaped."""
    if evidence and evidence in text:
        head, _, tail = text.partition(evidence)
        return Markup("{}<mark>{}</mark>{}").format(_shown(head), _shown(evidence), _shown(tail))
    return Markup("{}").format(_shown(text))


def _shown(text: str) -> str:
    return visible(text, SHOWN_CHARACTERS)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        marked=_marked,
        shown=_shown,
        points=points,
        signed=signed,
        percent=lambda share: f"{share:.1%}",
        whole_percent=lambda share: f"{share:.0%}",
        short=lambda digest: str(digest)[:12],
    )
    return environment
