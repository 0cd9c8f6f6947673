"""How is a manifest read and written, and what becomes of one that an older audit wrote?"""

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from audit.errors import InputError, Problem
from audit.files.lines import row_problems, write_json
from audit.files.locking import locked
from audit.run.manifest import MANIFEST_VERSION, Change, Manifest
from audit.run.manifest_version_1 import VERSION as FORMER_VERSION
from audit.run.manifest_version_1 import upgraded

WAIT_SECONDS = 60


def read(path: Path) -> Manifest:
    """Read a manifest; one of the former version is brought up to this one.

    Raises:
        InputError: there is none, it is damaged, or it has a version that is not read here.
    """
    stated = _read_object(path)
    version = stated.get("version")
    try:
        if version == FORMER_VERSION and type(version) is int:
            return upgraded(stated)
        if version == MANIFEST_VERSION:
            return Manifest.model_validate(stated)
    except ValidationError as error:
        raise InputError(*row_problems(str(path), error)) from error
    what = (
        f"has the version {json.dumps(version)[:80]}, and this audit reads {FORMER_VERSION} and "
        f"{MANIFEST_VERSION}"
    )
    raise InputError(Problem(str(path), what, "use the audit that made the run"))


def write(path: Path, manifest: Manifest) -> None:
    """Write a manifest in one step."""
    write_json(path, manifest.model_dump(mode="json"))


def update(path: Path, change: Change) -> Manifest:
    """Read a manifest, change it and write it, while nobody else does; return what was written.

    Raises:
        InputError: it cannot be read, or another process holds it for a minute.
    """
    with locked(path.parent, "manifest", WAIT_SECONDS):
        changed = change(read(path))
        write(path, changed)
    return changed


def _read_object(path: Path) -> dict[str, Any]:
    """Return the JSON object of a file; what JSON has no word for is damage too."""
    try:
        stated = json.loads(path.read_text(encoding="utf-8"))
        json.dumps(stated, allow_nan=False)
    except OSError as error:
        fix = "name a folder that `audit train-and-compare` or `audit import` made"
        raise InputError(Problem(str(path.parent), "holds no run", fix)) from error
    except (ValueError, RecursionError) as error:
        raise _damaged(path, "is not JSON") from error
    if not isinstance(stated, dict):
        raise _damaged(path, f"holds a JSON {type(stated).__name__} and not an object")
    return stated


def _damaged(path: Path, what: str) -> InputError:
    return InputError(Problem(str(path), what, "restore it from a copy, or start a new run"))
