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
from audit.files.digests import of_json
from audit.files.json_record import as_record
from audit.records import Status
from audit.settings.gate import Gate

VERSION = 2
FIX = "restore it from a copy, or name another file with --history"
CHECKED_UNDER = ("judge_sha256", "probes_sha256", "answers_sha256", "blessed_at", "gate")
"""What version 1 did not write down; its checks hold null there."""
ACKNOWLEDGEMENTS = """
create table acknowledgements (
    conditions text not null, axes text not null, who text not null, reason text not null,
    acknowledged_at text not null, alpha_left real not null
);
"""
SCHEMA = f"""
create table baselines (
    name text not null, run text not null, arm text not null, sha256 text not null,
    reason text not null, blessed_at text not null
);
create table checks (
    checked_at text not null, candidate text not null, candidate_sha256 text not null,
    baseline text not null, baseline_sha256 text not null, run text not null,
    verdict text not null, axes text not null, changes text not null,
    {", ".join(f"{column} text" for column in CHECKED_UNDER)}
);
create index checks_by_baseline on checks (baseline_sha256, checked_at);
{ACKNOWLEDGEMENTS}
pragma user_version = {VERSION};
"""


UPGRADE_FROM_1 = (
    "".join(f"alter table checks add column {column} text;" for column in CHECKED_UNDER)
    + ACKNOWLEDGEMENTS
    + f"pragma user_version = {VERSION};"
)


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
    """After minus before, with its interval; the estimate is null where nothing was scored."""

    estimate: float | None
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
    """One candidate held against a baseline, and under which conditions.

    The conditions are null in checks that an older version wrote.
    """

    checked_at: str
    candidate: str
    candidate_sha256: str
    baseline: str
    baseline_sha256: str
    run: str
    verdict: Status
    axes: dict[AxisName, CheckedAxis]
    changes: dict[AxisName, Changes]
    judge_sha256: str | None
    probes_sha256: str | None
    answers_sha256: str | None
    """Of the baseline's answers."""
    blessed_at: str | None
    """When the baseline was blessed; null too where it was named by its folder."""
    gate: Gate | None
    """The gate that decided."""

    @property
    def conditions(self) -> str:
        """What two checks must share to be nights of one trend, as a digest."""
        return of_json(
            [
                self.baseline_sha256,
                self.judge_sha256,
                self.probes_sha256,
                self.answers_sha256,
                self.blessed_at,
            ]
        )

    @property
    def night(self) -> str:
        """The day on which it was made, in universal time."""
        return self.checked_at[:10]


@dataclass(frozen=True)
class Acknowledgement:
    """Somebody has looked at an alarm, and the trend goes on with the alpha that is left."""

    conditions: str
    axes: list[AxisName]
    who: str
    reason: str
    acknowledged_at: str
    alpha_left: float


AXES = TypeAdapter(dict[AxisName, CheckedAxis])
CHANGES = TypeAdapter(dict[AxisName, Changes])
NAMES = TypeAdapter(list[AxisName])
Entry = TypeVar("Entry", Baseline, Check, Acknowledgement)
Value = TypeVar("Value")


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
        row["gate"] = check.gate.model_dump_json() if check.gate else None
        self._insert("checks", row)

    def acknowledge(self, alarm: Acknowledgement) -> None:
        """Write down that an alarm was looked at."""
        self._insert("acknowledgements", {**asdict(alarm), "axes": json.dumps(alarm.axes)})

    def acknowledgements(self, conditions: str) -> list[Acknowledgement]:
        """Return what was acknowledged of a trend, oldest first."""
        rows = self._rows("acknowledgements", Acknowledgement)
        taken = [
            self._entry(Acknowledgement, {**row, "axes": self._read(NAMES, row)}) for row in rows
        ]
        return [
            acknowledgement for acknowledgement in taken if acknowledgement.conditions == conditions
        ]

    def baseline(self, name: str) -> Baseline | None:
        """Return the baseline that was blessed last under the name."""
        named = [row for row in self.baselines() if row.name == name]
        return named[-1] if named else None

    def baselines(self) -> list[Baseline]:
        """Return all blessed baselines, oldest first."""
        return [self._entry(Baseline, row) for row in self._rows("baselines", Baseline)]

    def checks(self) -> list[Check]:
        """Return all checks, oldest first."""
        rows = self._rows("checks", Check)
        return [self._entry(Check, {**row, **self._measured(row)}) for row in rows]

    def _entry(self, record: type[Entry], row: dict[str, Any]) -> Entry:
        """Return a row as its record.

        Raises:
            InputError: it is damaged.
        """
        return as_record(row, record, str(self.path), FIX)

    def _measured(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return what a row of checks holds as JSON."""
        gate = row["gate"] and self._read(TypeAdapter(Gate), row, "gate")
        changes = self._read(CHANGES, row, "changes")
        return {"axes": self._read(AXES, row), "changes": changes, "gate": gate}

    def _read(self, adapter: TypeAdapter[Value], row: dict[str, Any], key: str = "axes") -> Value:
        """Return what stands in a row as JSON.

        Raises:
            InputError: it is damaged.
        """
        try:
            return adapter.validate_json(row[key])
        except ValidationError as error:
            when = row.get("checked_at") or row.get("acknowledged_at")
            what = f"the {key} of the entry of {when} are damaged"
            raise InputError(Problem(str(self.path), what, FIX)) from error

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
                if _version(connection) != VERSION:
                    self._make(connection)
                yield connection
        except sqlite3.DatabaseError as error:
            what = f"cannot be used as a history ({error})"
            raise InputError(Problem(str(self.path), what, FIX)) from error

    def _make(self, connection: sqlite3.Connection) -> None:
        """Make a new file's tables, or bring them up to this version, in one transaction.

        Another command may do the same at the same time, so that what is there is looked at again
        once nobody else can write.

        Raises:
            InputError: it was written by another version.
        """
        connection.execute("begin immediate")
        with connection:
            version = _version(connection)
            tables = connection.execute("select count(*) from sqlite_master").fetchone()[0]
            if version == 0 and tables == 0:
                statements = SCHEMA
            elif version == 1:
                statements = UPGRADE_FROM_1
            elif version == VERSION:
                return
            else:
                what = f"has the version {version}, and this audit reads version {VERSION}"
                fix = "use the audit that wrote it, or name another file with --history"
                raise InputError(Problem(str(self.path), what, fix))
            for statement in statements.split(";"):
                connection.execute(statement)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("pragma user_version").fetchone()[0])
