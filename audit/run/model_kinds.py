"""Which kinds of model does the installed transformers know? Read from its text, unloaded.

Loading it takes seconds, and nothing under `audit` does.
"""

import ast
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

MAPPING = "CONFIG_MAPPING_NAMES"
FILES = ("auto_mappings.py", "configuration_auto.py")


@cache
def known_kinds() -> frozenset[str]:
    """Return the values of `model_type` that can be loaded; empty where they cannot be told."""
    installed = find_spec("transformers")
    places = installed.submodule_search_locations if installed else None
    folder = Path(places[0], "models", "auto") if places else Path()
    files = [folder / name for name in FILES]
    if not all(file.is_file() for file in files):
        return frozenset()
    return frozenset(kind for file in files for kind in _kinds_in(file))


def _kinds_in(file: Path) -> Iterator[str]:
    """Yield the keys of a module's mapping, which it writes as pairs or as a dictionary."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        names = {ast.unparse(name) for name in getattr(node, "targets", ())}
        if isinstance(node, ast.Assign) and MAPPING in names:
            for part in ast.walk(node.value):
                pair = part.elts[:1] if isinstance(part, ast.Tuple) else []
                keys = [*pair, *(part.keys if isinstance(part, ast.Dict) else [])]
                yield from (str(key.value) for key in keys if isinstance(key, ast.Constant))
