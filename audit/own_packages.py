"""Do `train`, `probes` and `reports` mean this project's packages here, or a user's own files?"""

import importlib.util
import sys
from pathlib import Path

from audit.errors import InputError, Problem

NAMES = ("train", "probes", "reports")
HOME = Path(__file__).parents[1]


def refuse_hidden_packages() -> None:
    """Refuse to go on where another module of the same name hides one of our packages.

    A train.py beside a notebook, or in the folder of `python -m audit`, is found before ours.

    Raises:
        InputError: each such module, with its file.
    """
    origins = {name: _origin(name) for name in NAMES}
    problems = [
        Problem(
            origin or name,
            f"hides alignment-audit's own package `{name}`" if origin else "is not installed",
            "rename it, or start Python in another folder"
            if origin
            else "install alignment-audit again",
        )
        for name, origin in origins.items()
        if origin is None or not Path(origin).is_relative_to(HOME / name)
    ]
    if problems:
        raise InputError(*problems)


def _origin(name: str) -> str | None:
    """Return the file of the module that an import of the name gives, without importing it."""
    there = sys.modules.get(name)
    if there is not None:
        return getattr(there, "__file__", None)
    spec = importlib.util.find_spec(name)
    if spec is None:
        return None
    folders = list(spec.submodule_search_locations or ())
    return spec.origin or (folders[0] if folders else None)
