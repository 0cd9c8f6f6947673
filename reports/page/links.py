"""Where does a page lead to the reports of other runs, and how do points of a chart lead there?"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from markupsafe import Markup, escape

_POINT = re.compile(r'<a xlink:href="https://point\.invalid/(\d+)">')


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
