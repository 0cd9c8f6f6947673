"""Which rows does a table hold, from a file or from the hub, and where does each stand?

Files are read here and not through `datasets`, which cannot say in which line a problem stands.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from audit.errors import InputError, Problem
from audit.files.borders import visible
from audit.files.hub import stay_offline_if_unreachable
from audit.files.lines import read_json_lines, read_lines, refuse, row_problems

Record = TypeVar("Record", bound=BaseModel)

FILE_KINDS = (".jsonl", ".jsonl.gz", ".json", ".csv", ".csv.gz", ".parquet")
FIELD_CHARACTERS = 1_000_000
"""The csv module's own limit, 131,072, is shorter than some long answers."""

Row = tuple[str, dict[str, Any] | Problem]
"""Where a row stands, and the row or what is wrong with it. Values that are missing are left out.
"""


@dataclass(frozen=True)
class HubTable:
    """One split of a hub data set; `asked_by` is the configuration key that names it."""

    id: str
    name: str | None
    data_dir: str | None
    data_files: str | None
    split: str
    revision: str | None
    asked_by: str


def read_table(path: Path) -> Iterator[Row]:
    """Yield the rows of a JSONL, JSON (a list of objects), CSV or Parquet file.

    Raises:
        InputError: the file cannot be read, or is of no kind that is read here.
    """
    if path.name.endswith((".jsonl", ".jsonl.gz")):
        yield from ((f"{path}:{number}", row) for number, row in read_json_lines(path))
    elif path.name.endswith((".csv", ".csv.gz")):
        yield from _csv_rows(path)
    elif path.suffix == ".json":
        yield from _json_rows(path)
    elif path.suffix == ".parquet":
        yield from _parquet_rows(path)
    else:
        fix = f"give one of {', '.join(FILE_KINDS)}"
        raise InputError(Problem(str(path), "is no kind of file that is read here", fix))


def read_table_records(path: Path, record: type[Record]) -> list[tuple[str, Record]]:
    """Read a table into records, each with its place; the text of a CSV becomes numbers as needed.

    Raises:
        InputError: with all of the file's problems at once.
    """
    records: list[tuple[str, Record]] = []
    problems: list[Problem] = []
    is_csv = path.name.endswith((".csv", ".csv.gz"))
    for where, row in read_table(path):
        if isinstance(row, Problem):
            problems.append(row)
            continue
        try:
            read = _from_strings(record, row) if is_csv else record.model_validate(row)
        except ValidationError as error:
            problems.extend(row_problems(where, error))
        else:
            records.append((where, read))
    refuse(problems)
    return records


def _from_strings(record: type[Record], row: dict[str, Any]) -> Record:
    """Read a CSV's row; an empty value is a missing one, unless the field is a text."""
    given = {
        key: value
        for key, value in row.items()
        if value != ""
        or (key in record.model_fields and record.model_fields[key].annotation is str)
    }
    return record.model_validate_strings(given)


def read_hub(table: HubTable) -> Iterator[Row]:
    """Yield the rows of a hub data set's split.

    Raises:
        InputError: the hub does not give it; gated sets name what to accept.
    """
    stay_offline_if_unreachable()
    import datasets

    try:
        rows = datasets.load_dataset(
            table.id,
            name=table.name,
            data_dir=table.data_dir,
            data_files=table.data_files,
            split=table.split,
            revision=table.revision,
        )
    except (OSError, ValueError, RuntimeError, datasets.exceptions.DatasetsError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        what = f'"{table.id}" is no file here, and the hub did not give it ({reason})'
        fix = (
            "give a file that exists or an id that this machine can reach; for a gated set accept "
            "its conditions on the hub and set HF_TOKEN, or put a copy here and name its path"
        )
        raise InputError(Problem(table.asked_by, what, fix)) from error
    for number, row in enumerate(rows):
        yield f"{table.id} {table.split}[{number}]", _present(dict(row))


def _csv_rows(path: Path) -> Iterator[Row]:
    csv.field_size_limit(FIELD_CHARACTERS)
    reader = csv.reader((line for _, line in read_lines(path, keep_empty=True)), strict=True)
    try:
        columns = next(reader, [])
        _refuse_doubled(path, columns)
        for values in reader:
            where = f"{path}:{reader.line_num}"
            if not values:
                continue
            if len(values) != len(columns):
                what = f"has {len(values)} values, the first line names {len(columns)} columns"
                yield where, Problem(where, what, "quote values that hold a comma or a line break")
                continue
            yield where, dict(zip(columns, values, strict=True))
    except csv.Error as error:
        fix = f"quote as CSV asks; a value has at most {FIELD_CHARACTERS} characters"
        where = f"{path}:{reader.line_num}"
        raise InputError(Problem(where, f"is not CSV ({error})", fix)) from error


def _refuse_doubled(path: Path, columns: list[str]) -> None:
    doubled = sorted({name for name in columns if name and columns.count(name) > 1})
    if doubled:
        what = f"names the column {', '.join(map(visible, doubled))} more than once"
        raise InputError(Problem(f"{path}:1", what, "keep one of them"))


def _json_rows(path: Path) -> Iterator[Row]:
    text = "".join(line for _, line in read_lines(path, keep_empty=True))
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        what = f"is not JSON ({error})"
        raise InputError(Problem(f"{path}:{line}", what, "mend this line")) from error
    if not isinstance(rows, list):
        fix = "write a list of objects, or JSONL with one object a line"
        raise InputError(Problem(str(path), f"holds a JSON {type(rows).__name__}", fix))
    for number, row in enumerate(rows, start=1):
        where = f"{path} row {number}"
        if isinstance(row, dict):
            yield where, _present(row)
        else:
            fix = "write a list of objects"
            yield where, Problem(where, f"is a JSON {type(row).__name__}", fix)


def _parquet_rows(path: Path) -> Iterator[Row]:
    from pyarrow import ArrowException, parquet

    try:
        rows = parquet.read_table(path).to_pylist()
    except (OSError, ArrowException) as error:
        reason = str(error).splitlines()[0]
        fix = "check that it is there and what it holds"
        raise InputError(Problem(str(path), f"cannot be read ({reason})", fix)) from error
    for number, row in enumerate(rows, start=1):
        yield f"{path} row {number}", _present(row)


def _present(row: dict[str, Any]) -> dict[str, Any]:
    return {str(key): value for key, value in row.items() if value is not None}
