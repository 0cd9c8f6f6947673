"""How is a result's file read by its version, and never guessed?"""

import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from audit.errors import InputError, Problem
from audit.files.lines import refuse, row_problems, visible

Result = TypeVar("Result")


def read_result(path: Path, record: type[Result], version: int) -> Result:
    """Read a JSON file that `audit compare` wrote into its record.

    Raises:
        InputError: it is missing, damaged, or of another version.
    """
    run = path.parent
    value = _read_json(path)
    there = value.get("version")
    if there != version:
        has = "no version" if there is None else f"the version {visible(repr(there))}"
        what = f"has {has}, and this audit reads version {version}"
        raise InputError(Problem(str(path), what, _again(run)))
    try:
        return TypeAdapter(record).validate_python(value)
    except ValidationError as error:
        damaged = Problem(str(path), "does not hold what was written", _again(run))
        refuse([damaged, *row_problems(str(path), error)])
        raise


def as_json(result: object) -> dict[str, Any]:
    """Return a result's record as JSON holds it."""
    return dict(TypeAdapter(type(result)).dump_python(result, mode="json"))


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except FileNotFoundError as error:
        fix = f"run `audit compare {path.parent}` first"
        raise InputError(Problem(str(path.parent), "has no comparison yet", fix)) from error
    except OSError as error:
        what = f"cannot be read ({error.strerror or error})"
        raise InputError(Problem(str(path), what, _again(path.parent))) from error
    except (ValueError, RecursionError) as error:
        what = f"is not JSON ({error})"
        raise InputError(Problem(str(path), what, _again(path.parent))) from error
    if not isinstance(value, dict):
        what = f"holds a JSON {type(value).__name__} in place of an object"
        raise InputError(Problem(str(path), what, _again(path.parent)))
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _again(run: Path) -> str:
    return f"run `audit compare {run}` again"
