"""A hook of mkdocs: links that leave docs/ are files of the tree, which the site does not hold."""

import posixpath
import re
from typing import Any

LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s]+)\)")


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Write such a link as its words, with the file behind them."""
    folder = posixpath.dirname(page.file.src_uri)

    def told(link: re.Match[str]) -> str:
        words, target = link.groups()
        place = posixpath.normpath(posixpath.join("docs", folder, target.partition("#")[0]))
        if ":" in target or target.startswith("#") or place.startswith("docs/"):
            return link.group()
        return f"{words} (`{place}`)" if place not in words else words

    return LINK.sub(told, markdown)
