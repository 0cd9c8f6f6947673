"""What do the tests of the documents share: the script that makes them, and their text."""

import importlib.util
from pathlib import Path
from types import ModuleType

from conftest import PROJECT

DOCS = PROJECT / "docs"


def load_generate() -> ModuleType:
    """Load docs/generate.py, which lies in no package."""
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def written_documents() -> list[Path]:
    """Return the documents that people read, the README first."""
    named = [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md"]
    return [*named, *sorted(DOCS.glob("*.md")), *sorted(PROJECT.glob("examples/**/*.md"))]
