"""What do the tests of the documents share: the script that makes them, and their text."""

import importlib
import re
import sys
from pathlib import Path
from types import ModuleType

from conftest import PROJECT

DOCS = PROJECT / "docs"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
"""A block: its language, which may be empty, and its text."""


def load_generate() -> ModuleType:
    """Load docs/generate.py, which lies in no package, with the scripts beside it."""
    if str(DOCS) not in sys.path:
        sys.path.append(str(DOCS))
    return importlib.import_module("generate")


def written_documents() -> list[Path]:
    """Return the documents that people read, the README first."""
    named = [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md"]
    return [*named, *sorted(DOCS.rglob("*.md")), *sorted(PROJECT.glob("examples/**/*.md"))]
