"""How are data files read with every problem located, and written so that a kill loses nothing?"""

import gzip
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from audit.errors import InputError, Problem
from audit.files.borders import one_line

Row = TypeVar("Row", bound=BaseModel)

SHOWN_PROBLEMS = 20
"""A screenful; the rest is counted."""


def read_json(path: Path, fix: str) -> Any:
    """Return the JSON value that a file holds; `fix` says what to do where it holds none.

    Raises:
        InputError: the file cannot be read, is not UTF-8 text, is not JSON, or nests too deep.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except OSError as error:
        what = f"cannot be read ({error.strerror or error})"
        raise InputError(Problem(str(path), what, fix)) from error
    except (ValueError, RecursionError) as error:
        reason = "it nests too deep" if isinstance(error, RecursionError) else str(error)
        where = f"{path}:{getattr(error, 'lineno', 1)}"
        raise InputError(Problem(where, f"is not JSON ({reason})", fix)) from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def read_json_object(path: Path, fix: str) -> dict[str, Any]:
    """Return the JSON object that a file holds.

    Raises:
        InputError: as `read_json` does, or the value is no object.
    """
    value = read_json(path, fix)
    if not isinstance(value, dict):
        what = f"holds a JSON {type(value).__name__} in place of an object"
        raise InputError(Problem(str(path), what, fix))
    return value


def read_lines(path: Path, *, keep_empty: bool = False) -> Iterator[tuple[int, str]]:
    """Yield (line number from 1, line) of a UTF-8 text file or .gz of one, without empty lines.

    Raises:
        InputError: the file is missing, unreadable or not UTF-8 text, named with the line.
    """
    number = 0
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            for number, raw in enumerate(file, start=1):
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
                if "\0" in line:
                    raise _unreadable(path, number, "holds a NUL byte", "remove it")
                if keep_empty or line.strip():
                    yield number, line
    except UnicodeDecodeError as error:
        what = f"is not UTF-8 text ({error.reason})"
        raise _unreadable(path, number, what, "save the file as UTF-8") from error
    except (EOFError, zlib.error) as error:
        what = "the compressed file ends too early or is damaged"
        raise _unreadable(path, number + 1, what, "compress it again, or copy it again") from error
    except (OSError, ValueError) as error:
        fix = "name a file that can be read"
        what = f"cannot be read ({getattr(error, 'strerror', None) or error})"
        raise InputError(Problem(str(path), what, fix)) from error


def _unreadable(path: Path, number: int, what: str, fix: str) -> InputError:
    return InputError(Problem(f"{path}:{number}", what, fix))


def read_json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any] | Problem]]:
    """Yield (line number, object) for each line of a JSONL file, or what is wrong with the line."""
    for number, line in read_lines(path):
        where = f"{path}:{number}"
        try:
            value = _well_formed(json.loads(line), line)
        except (ValueError, RecursionError) as error:
            yield number, Problem(where, f"is not JSON ({error})", "write one object a line")
            continue
        if isinstance(value, dict):
            yield number, value
        else:
            got = type(value).__name__
            yield number, Problem(where, f"holds a JSON {got}", "write one object a line")


def _well_formed(value: Any, line: str) -> Any:
    """Return the value with lone surrogates, which no UTF-8 file can hold, as question marks."""
    if "\\ud" not in line.lower():
        return value
    return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def read_records(path: Path, record: type[Row]) -> list[tuple[int, Row]]:
    """Read a JSONL file into records, each with its line number.

    Raises:
        InputError: with all of the file's problems at once, each with its line.
    """
    rows: list[tuple[int, Row]] = []
    problems: list[Problem] = []
    for number, value in read_json_lines(path):
        if isinstance(value, Problem):
            problems.append(value)
            continue
        try:
            rows.append((number, record.model_validate(value)))
        except ValidationError as error:
            problems.extend(row_problems(f"{path}:{number}", error))
    refuse(problems)
    return rows


def row_problems(where: str, error: ValidationError) -> list[Problem]:
    """Return one problem for each complaint that pydantic has about a row."""
    problems = []
    for detail in error.errors(include_url=False):
        key = ".".join(str(part) for part in detail["loc"]) or "row"
        got = "" if detail["type"] == "missing" else f" (got {one_line(repr(detail['input']))})"
        problems.append(
            Problem(where, f'"{key}"{got}', detail["msg"][0].lower() + detail["msg"][1:])
        )
    return problems


def refuse(problems: list[Problem]) -> None:
    """Raise the problems as one error where there are any, long lists shortened with a count."""
    if not problems:
        return
    shown = problems[:SHOWN_PROBLEMS]
    if len(problems) > len(shown):
        rest = len(problems) - len(shown)
        shown.append(Problem("and", f"{rest} more problems like these", "mend these first"))
    raise InputError(*shown)


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file so that a kill leaves either the old content or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    try:
        with partial.open("wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        partial.unlink(missing_ok=True)
        error.filename = error.filename or str(path)  # a full disk names none
        raise
    partial.replace(path)


def write_json(path: Path, value: object) -> None:
    """Write one JSON value, readable and with sorted keys, atomically."""
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=True, allow_nan=False)
    write_atomically(path, text + "\n")


def write_records(path: Path, records: Iterable[BaseModel]) -> None:
    """Write records as JSONL, atomically."""
    write_atomically(path, "".join(json_line(record) for record in records))


def json_line(record: BaseModel) -> str:
    r"""Return a record as one line of JSON; ASCII, so that lone surrogates survive as `\udXXX`."""
    return json.dumps(record.model_dump(mode="python", exclude_none=False)) + "\n"


def drop_torn_line(path: Path) -> bytes:
    """Cut off and return what a kill left after the last newline; a whole object there is kept."""
    if not path.exists():
        return b""
    with path.open("rb+") as file:
        content = file.read()
        end = content.rfind(b"\n") + 1
        torn = content[end:]
        if _is_object(torn):
            file.write(b"\n")
            return b""
        file.truncate(end)
    return torn


def set_torn_line_aside(path: Path) -> None:
    """Move what a kill left after the last newline into a file beside it, for somebody to mend."""
    if not path.exists():
        return
    content = path.read_bytes()
    torn = content[content.rfind(b"\n") + 1 :]
    if torn and not _is_object(torn):
        with torn_lines(path).open("ab") as beside:
            beside.write(torn + b"\n")
            beside.flush()
            os.fsync(beside.fileno())
    drop_torn_line(path)


def torn_lines(path: Path) -> Path:
    """Return the file beside a data file that keeps its torn lines."""
    return path.with_name(f"{path.name}.torn")


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False
