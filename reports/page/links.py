"""Where does a page lead to the reports of other runs, and how do points of a chart lead there?"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

from markupsafe import Markup, escape

from audit.axis import Axis
from audit.records import REFUSALS

_POINT = re.compile(r'<a xlink:href="https://point\.invalid/(\d+)">')
_HERE = re.compile(r'<a xlink:href="https://point\.invalid/(#[^"]*)">(<[^>]* aria-label="([^"]*)")')
_SPOKEN = re.compile(r' (?:aria-[a-z]+|role|pointer-events|font-family)="[^"]*"| opacity="1"')
_PLACES = re.compile(r' (?:d|transform|x|y|x1|x2|y1|y2|width|height)="[^"]*"')
_DIGITS = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")
_KEPT = "data-said="
_ANY = re.compile(r"</?a\b[^>]*>")

LABEL_OF = {"before": "before", "after": "label"}
"""The filter of answers by an arm's label."""


@dataclass(frozen=True)
class Link:
    """A place that a point leads to, and what is said of the point to who cannot see it."""

    place: str | None
    """Null where it leads nowhere, and nothing is linked."""
    said: str


def link_to(run: Path, page: Path | None, *, redacted: bool) -> str | None:
    """Return the address of a run's report as a page has it, relative, or null where none is.

    A page whose own place is not known leads nowhere.
    """
    report = run / ("report-redacted.html" if redacted else "report.html")
    if page is None or not report.is_file():
        return None
    return quote(os.path.relpath(report.resolve(), page.resolve().parent))


def mark(place: int) -> str:
    """Return the address by which a point that is to be linked is found in its drawing."""
    return f"https://point.invalid/{place}"


def linked(svg: Markup, links: Sequence[Link]) -> Markup:
    """Return a drawing whose marked points lead to their places."""

    def opening(match: re.Match[str]) -> str:
        link = links[int(match.group(1))]
        if link.place is None:
            return "<a>"
        return f'<a href="{escape(link.place)}" aria-label="{escape(link.said)}">'

    return Markup(_POINT.sub(opening, svg))  # noqa: S704 - our own drawing, addresses escaped


def answers(**wanted: str) -> str:
    """Return the address by which a mark of a drawing is to lead to answers on the same page."""
    return f"https://point.invalid/#?{urlencode(wanted, quote_via=quote)}"


def counted_answers(axis: Axis, label: str, category: str = "", kind: str = "") -> dict[str, str]:
    """Return the filters that leave just the answers which a rate of an axis counts.

    `label` is the filter of the arm's label. Where a check scores, it is all answers of the axis.
    """
    counts = axis.counts or frozenset()
    counted = "refused" if counts == REFUSALS else next(iter(counts), "")
    wanted = {"axis": axis.name, "category": category, "kind": kind, label: counted}
    return {key: value for key, value in wanted.items() if value}


def row(name: str) -> str:
    """Return the address by which a mark is to lead to an element of the same page."""
    return f"https://point.invalid/#{quote(name)}"


def linked_here(svg: str) -> str:
    """Return a drawing for the page, whose marks lead to answers there; each says its own words.

    What else a drawing says of itself is left out, as are digits that no screen shows: both were
    more than half of it. The page's own labels and tables say it better.
    """
    marked = _HERE.sub(rf'<a href="\1" {_KEPT}"\3"><title>\3</title>\2', svg)
    plain = _SPOKEN.sub("", marked).replace(_KEPT, "aria-label=")
    return _PLACES.sub(lambda place: _DIGITS.sub(_rounded, place.group()), plain)


def _rounded(number: re.Match[str]) -> str:
    return f"{float(number.group()):.2f}"


def without_links(svg: str) -> str:
    """Return a drawing that stands alone, where links would lead nowhere."""
    return _ANY.sub("", svg)
