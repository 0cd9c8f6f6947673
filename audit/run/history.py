"""Which checks were made, against which baseline, and what did each night find?"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from audit.axis import AxisName
from audit.errors import InputError, Problem
from audit.records import Status

VERSION = 1
SCHEMA = f"""
create table baselines (
    name text not null, run text not null, arm text not null, sha256 text not null,
    reason text not null, blessed_at text not null
);
create table checks (
    checked_at text not null, candidate text not null, candidate_sha256 text not null,
    baseline text not null, baseline_sha256 text not null, run text not null,
    verdict text not null, axes text not null, changes text not null
);
create index checks_by_baseline on checks (baseline_sha256, checked_at);
pragma user_version = {VERSION};
"""


@dataclass(frozen=True)
class Baseline:
    """The arm of a run that candidates are held against, chosen by name and for a reason."""

    name: str
    run: str
    arm: str
    sha256: str
    reason: str
    blessed_at: str


@dataclass(frozen=True)
class CheckedDifference:
    """After minus before, with its interval."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class CheckedAxis:
    """What a check found on one axis; named as comparison.json names it."""

    difference: CheckedDifference
    margin: float
    status: Status


Changes = list[tuple[float, int]]
"""How many probes worsened by how much, as (worsening, count)."""


@dataclass(frozen=True)
class Check:
    """One candidate held against a baseline."""

    checked_at: str
    candidate: str
    candidate_sha256: str
    baseline: str
    baseline_sha256: str
    run: str
    verdict: str
    axes: dict[AxisName, CheckedAxis]
    changes: dict[AxisName, Changes]


AXES = TypeAdapter(dict[AxisName, CheckedAxis])
CHANGES = TypeAdapter(dict[AxisName, Changes])
Entry = TypeVar("Entry", Baseline, Check)


@dataclass(frozen=True)
class History:
    """A small SQLite file that every check is written to."""

    path: Path

    def bless(self, baseline: Baseline) -> None:
        """Make the arm the baseline of its name; earlier ones stay in the file."""
        self._insert("baselines", asdict(baseline))

    def add(self, check: Check) -> None:
        """Write a check down."""
        row = asdict(check)
        row |= {key: json.dumps(row[key], sort_keys=True) for key in ("axes", "changes")}
        self._insert("checks", row)

    def baseline(self, name: str) -> Baseline | None:
        """Return the baseline that was blessed last under the name."""
        found = [row for row in self.baselines() if row.name == name]
        return found[-1] if found else None

    def baselines(self) -> list[Baseline]:
        """Return all blessed baselines, oldest first."""
        return [Baseline(**row) for row in self._rows("baselines", Baseline)]

    def checks(self) -> list[Check]:
        """Return all checks, oldest first."""
        return [Check(**{**row, **self._measured(row)}) for row in self._rows("checks", Check)]

    def _measured(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return what a row of checks holds as JSON.

        Raises:
            InputError: it is damaged.
        """
        try:
            axes, changes = AXES.validate_json(row["axes"]), CHANGES.validate_json(row["changes"])
        except ValidationError as error:
            what = f"the check of {row['checked_at']} is damaged"
            fix = "restore it from a copy, or name another file with --history"
            raise InputError(Problem(str(self.path), what, fix)) from error
        return {"axes": axes, "changes": changes}

    def _insert(self, table: str, row: dict[str, Any]) -> None:
        marks = ", ".join("?" for _ in row)
        columns = ", ".join(row)
        with self._opened() as connection, connection:
            statement = f"insert into {table} ({columns}) values ({marks})"  # noqa: S608 - own names
            connection.execute(statement, list(row.values()))

    def _rows(self, table: str, record: type[Entry]) -> list[dict[str, Any]]:
        if not self.path.exists():
            return []
        columns = [field.name for field in fields(record)]
        with self._opened() as connection:
            statement = f"select {', '.join(columns)} from {table} order by rowid"  # noqa: S608 - own names
            return [dict(zip(columns, row, strict=True)) for row in connection.execute(statement)]

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """Open the file, making it where it is new.

        Raises:
            InputError: it is no history, is damaged, or was written by another version.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with closing(sqlite3.connect(self.path, timeout=30)) as connection:
                version = connection.execute("pragma user_version").fetchone()[0]
                tables = connection.execute("select count(*) from sqlite_master").fetchone()[0]
                if version == 0 and tables == 0:
                    connection.executescript(SCHEMA)
                elif version != VERSION:
                    what = f"has the version {version}, and this audit reads version {VERSION}"
                    fix = "use the audit that wrote it, or name another file with --history"
                    raise InputError(Problem(str(self.path), what, fix))
                yield connection
        except sqlite3.DatabaseError as error:
            fix = "restore it from a copy, or name another file with --history"
            what = f"cannot be used as a history ({error})"
            raise InputError(Problem(str(self.path), what, fix)) from error
