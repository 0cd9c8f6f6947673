"""How is a result's file read by its version, and never guessed?"""

from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

from audit.errors import InputError, Problem
from audit.files.borders import visible
from audit.files.json_record import as_record
from audit.files.lines import read_json_object

Result = TypeVar("Result")


def read_result(path: Path, record: type[Result], version: int) -> Result:
    """Read a JSON file that `audit compare` wrote into its record.

    Raises:
        InputError: it is missing, damaged, or of another version.
    """
    run = path.parent
    if not path.exists():
        fix = f"run `audit compare {run}` first"
        raise InputError(Problem(str(run), "has no comparison yet", fix))
    again = f"run `audit compare {run}` again"
    value = read_json_object(path, again)
    there = value.get("version")
    if there != version:
        has = "no version" if there is None else f"the version {visible(repr(there))}"
        what = f"has {has}, and this audit reads version {version}"
        raise InputError(Problem(str(path), what, again))
    return as_record(value, record, str(path), again)


def as_json(result: object) -> dict[str, Any]:
    """Return a result's record as JSON holds it."""
    return dict(TypeAdapter(type(result)).dump_python(result, mode="json"))
