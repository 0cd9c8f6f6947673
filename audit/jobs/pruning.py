"""Which folders of old checks may go, so that nights do not fill the disk?"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from audit.errors import InputError
from audit.files.locking import locked
from audit.run.directory import RunDirectory
from audit.run.history import Check, History


@dataclass(frozen=True)
class Prunable:
    """The folder of a check that is no longer needed."""

    folder: Path
    checked_at: str
    bytes: int


def prunable(history: History, keep_days: int) -> list[Prunable]:
    """Return the folders of checks older than so many days, oldest first.

    Kept are those of the last check of each baseline, those that a baseline was blessed in, and
    those whose answers another run took over. What is no check's own folder is never named.
    """
    checks = history.checks()
    before = (datetime.now(UTC) - timedelta(days=keep_days)).isoformat(timespec="seconds")
    last = {check.conditions: check.run for check in checks}
    kept = {*last.values(), *(row.run for row in history.baselines()), *_taken_over(checks)}
    old = {check.run: check for check in checks if check.checked_at < before}
    return [
        Prunable(Path(run), check.checked_at, _size(Path(run)))
        for run, check in old.items()
        if run not in kept and _is_check(Path(run))
    ]


def remove(one: Prunable) -> bool:
    """Remove a check's folder; return whether that was done, and not where somebody works in it."""
    try:
        with locked(one.folder, "run", wait_seconds=0):
            shutil.rmtree(one.folder)
    except InputError:
        return False
    return True


def _is_check(folder: Path) -> bool:
    """Say whether a folder is a check's, and not a link to one."""
    run = RunDirectory(folder)
    if folder.is_symlink() or not run.manifest.is_file():
        return False
    try:
        return run.read_manifest().origin == "check"
    except InputError:
        return False


def _taken_over(checks: list[Check]) -> Iterator[str]:
    """Yield the runs whose answers stand in the checks that are there."""
    for check in checks:
        folder = Path(check.run)
        if _is_check(folder):
            for arm in RunDirectory(folder).read_manifest().arms.values():
                if arm.reused_from:
                    yield arm.reused_from.rpartition("#")[0]


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
