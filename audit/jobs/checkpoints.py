"""Which checkpoints of a folder are to be checked, in what order, and which are broken?"""

import math
import re
from dataclasses import dataclass
from pathlib import Path

from audit.errors import InputError, Problem
from audit.files.lines import read_json_object
from audit.jobs.candidate import Subject, is_candidate
from audit.jobs.checking import find_candidate
from audit.run.history import Baseline, Check, History
from audit.settings.gate import Gate

STEP = re.compile(r"(\d+)$")
BEGUN = ("adapter_config.json", "trainer_state.json")
"""Files that only a checkpoint's folder holds."""


@dataclass(frozen=True)
class Checkpoints:
    """What stands in a folder, in the order of training."""

    new: list[tuple[Path, Subject]]
    checked: list[Check]
    """The newest check of each that was held against this baseline by this gate before."""
    broken: list[tuple[Path, InputError]]


def checkpoints_in(
    folder: Path, baseline: Subject, blessed: Baseline | None, gate: Gate, history: History
) -> Checkpoints:
    """Tell the checkpoints of a folder apart: not checked yet, checked before, and broken.

    Raises:
        InputError: there is no such folder, or no checkpoint in it.
    """
    inside = sorted(folder.iterdir(), key=_place) if folder.is_dir() else []
    there = [path for path in inside if is_candidate(path) or _was_to_be_one(path)]
    if not there:
        fix = "name the folder whose sub-folders are adapters or models"
        raise InputError(Problem(f"--each {folder}", "holds no checkpoint", fix))
    known = _checked_before(history, baseline, blessed, gate)
    looked_at = Checkpoints([], [], [])
    seen: set[str] = set()
    for path in there:
        try:
            subject = find_candidate(str(path), baseline)
        except InputError as error:
            looked_at.broken.append((path, error))
            continue
        if subject.sha256 in known:
            looked_at.checked.append(known[subject.sha256])
        elif subject.sha256 not in seen:
            looked_at.new.append((path, subject))
        seen.add(subject.sha256)
    return looked_at


def _checked_before(
    history: History, baseline: Subject, blessed: Baseline | None, gate: Gate
) -> dict[str, Check]:
    """Return the newest check of each candidate against this baseline, by this gate."""
    when = blessed.blessed_at if blessed else None
    return {
        row.candidate_sha256: row
        for row in history.checks()
        if row.baseline_sha256 == baseline.sha256
        and row.gate in (None, gate)
        and (row.gate is None or row.blessed_at == when)
    }


def _place(path: Path) -> tuple[float, str]:
    """Return what puts a checkpoint in the order of training: its step, and then its name."""
    try:
        state = read_json_object(path / "trainer_state.json", "copy it again")
        return float(state["global_step"]), path.name
    except (InputError, ValueError, TypeError, KeyError):
        step = STEP.search(path.name)
        return float(step[1]) if step else math.inf, path.name


def _was_to_be_one(path: Path) -> bool:
    """Say whether a folder was begun as a checkpoint, although nothing in it can be asked."""
    named = path.name.startswith("checkpoint-") and STEP.search(path.name) is not None
    return path.is_dir() and (named or any((path / name).is_file() for name in BEGUN))
