"""How does a JSON file become a record, with every problem located?"""

from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from audit.errors import Problem
from audit.files.lines import read_json_object, refuse, row_problems

Record = TypeVar("Record")


def read_json_record(path: Path, record: type[Record], fix: str) -> Record:
    """Read a JSON file into a record; `fix` says what to do where it is none.

    Raises:
        InputError: the file cannot be read, is no JSON object, or does not fit the record.
    """
    return as_record(read_json_object(path, fix), record, str(path), fix)


def as_record(value: dict[str, Any], record: type[Record], where: str, fix: str) -> Record:
    """Return a JSON object as a record.

    Raises:
        InputError: it does not fit.
    """
    try:
        return TypeAdapter(record).validate_python(value)
    except ValidationError as error:
        damaged = Problem(where, "does not hold what was written", fix)
        refuse([damaged, *row_problems(where, error)])
        raise
