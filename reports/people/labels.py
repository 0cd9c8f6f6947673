"""What have people said of a run's responses, and what does a filled sheet add to it?"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from audit.errors import InputError, Problem
from audit.files.borders import visible
from audit.files.data_row import DataRow
from audit.files.lines import json_line, read_records, refuse, set_torn_line_aside
from audit.files.tables import read_table_records
from audit.records import HumanLabel
from audit.run.directory import RunDirectory
from reports.people.sample import SampledRow

LABELS: tuple[str, ...] = get_args(HumanLabel.model_fields["label"].annotation)

Place = tuple[str, str, int]
"""Arm, probe and sample: what tells a response from every other."""


class SheetRow(DataRow):
    """One line of a filled sheet; an empty label is an item that was passed over."""

    item: str
    label: str = ""


@dataclass(frozen=True)
class Imported:
    """What an import did: labels added, labels that were there already, and empty lines."""

    added: int
    known: int
    empty: int


def batch_names(run: RunDirectory) -> list[str]:
    """Return the names of the batches that have been drawn, without half written ones."""
    names = (file.parent.name for file in run.annotation.glob("*/sample.jsonl"))
    return sorted(name for name in names if not name.startswith("."))


def read_key(run: RunDirectory, batch: str) -> list[SampledRow]:
    """Read which response each item of a batch is.

    Raises:
        InputError: there is no such batch.
    """
    path = run.batch(batch) / "sample.jsonl"
    if not path.exists():
        known = ", ".join(batch_names(run)) or "none"
        fix = f"name one that was drawn ({known})"
        raise InputError(Problem(str(run.root), f'has no batch "{visible(batch)}"', fix))
    return [row for _, row in read_records(path, SampledRow)]


def read_keys(run: RunDirectory) -> dict[str, SampledRow]:
    """Read every item of every batch, by its id."""
    return {row.item: row for batch in batch_names(run) for row in read_key(run, batch)}


def read_labels(run: RunDirectory) -> list[HumanLabel]:
    """Read all labels of a run; a last line that a kill left torn is kept beside the file."""
    if not run.human_labels.exists():
        return []
    set_torn_line_aside(run.human_labels)
    return [label for _, label in read_records(run.human_labels, HumanLabel)]


def import_labels(run: RunDirectory, path: Path, annotator: str, now: str) -> Imported:
    """Add a filled sheet's labels to the run's, each once.

    Raises:
        InputError: with every line that names no item, holds no label, or contradicts what the
            same person said of the item.
    """
    keys = read_keys(run)
    if not keys:
        fix = f"draw a batch first: audit annotate {run.root}"
        raise InputError(Problem(str(run.root), "has no items to label", fix))
    said: dict[Place, str] = {
        _place(label): label.label for label in read_labels(run) if label.annotator == annotator
    }
    before = dict.fromkeys(said, f"{run.human_labels}")
    added: list[HumanLabel] = []
    problems: list[Problem] = []
    known = empty = 0
    rows = read_table_records(path, SheetRow)
    _refuse_no_sheet(path, rows)
    for where, row in rows:
        label, key = _label(row), keys.get(row.item.strip())
        problem = _problem(where, row, key)
        if problem or key is None or not label:
            problems.extend([problem] if problem else [])
            empty += not problem
            continue
        place = key.place
        if said.setdefault(place, label) != label:
            what = f'{annotator} calls "{row.item}" {label}, and {said[place]} in {before[place]}'
            problems.append(Problem(where, what, "keep one of the two"))
        elif place in before:
            known += 1
        else:
            added.append(_human_label(key, label, annotator, now))
        before.setdefault(place, where)
    refuse(problems)
    _append(run.human_labels, added)
    return Imported(len(added), known, empty)


def _refuse_no_sheet(path: Path, rows: Sequence[tuple[str, SheetRow]]) -> None:
    """Refuse a file in which nobody could have labelled: no line, or no column for it."""
    if not any("label" in row.model_fields_set for _, row in rows):
        what = "holds no line with a label column" if rows else "holds no line of a sheet"
        fix = "give the filled sheet.csv, or what sheet.html saved"
        raise InputError(Problem(str(path), what, fix))


def _label(row: SheetRow) -> str:
    return row.label.strip().lower().replace(" ", "_")


def _problem(where: str, row: SheetRow, key: SampledRow | None) -> Problem | None:
    if key is None:
        what = f'"item" (got {visible(repr(row.item))}) was not drawn in this run'
        return Problem(where, what, "use a sheet of this run")
    if _label(row) and _label(row) not in LABELS:
        what = f'"label" (got {visible(repr(row.label))}) is no label'
        return Problem(where, what, f"use one of {', '.join(LABELS)}, or leave it empty")
    return None


def _place(label: HumanLabel) -> Place:
    return label.arm, label.probe_id, label.sample


def _human_label(key: SampledRow, label: str, annotator: str, now: str) -> HumanLabel:
    return HumanLabel.model_validate(
        {
            **key.model_dump(include={"batch", "arm", "probe_id", "sample", "probability"}),
            "label": label,
            "annotator": annotator,
            "labelled_at": now,
        }
    )


def _append(path: Path, labels: Sequence[HumanLabel]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    set_torn_line_aside(path)
    with path.open("a", encoding="utf-8") as file:
        file.write("".join(json_line(label) for label in labels))
        file.flush()
        os.fsync(file.fileno())
