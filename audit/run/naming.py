"""Where does a new run go, and which one is to be continued?"""

import itertools
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from audit.errors import InputError, Problem
from audit.files.locking import is_unused
from audit.run.directory import RunDirectory

RUNS = Path("runs")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")
LONGEST = 60


@contextmanager
def run_folder(named: Path | None, name: str) -> Iterator[Path]:
    """Give the folder that is named, or a new one under runs/ that is named by the time.

    The new one is made at once, so that two commands of one second have one each, and is removed
    again where nothing came to lie in it.
    """
    if named is not None:
        yield named
        return
    folder = _new_folder(name)
    try:
        yield folder
    finally:
        if is_unused(folder):
            shutil.rmtree(folder)


def _new_folder(name: str) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    RUNS.mkdir(exist_ok=True)
    for count in itertools.count(1):
        folder = RUNS / (f"{name}-{stamp}" if count == 1 else f"{name}-{stamp}-{count}")
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise AssertionError


def file_name(named: str) -> str:
    """Return a folder's or a hub id's last part, as it may stand in a file's name."""
    return name_of_parts(named, 1)


def name_of_parts(named: str, count: int) -> str:
    """Return the last parts of a folder or a hub id as one name that a file may have."""
    folder = Path(named)
    parts = (folder.resolve() if folder.is_dir() else folder).parts
    name = _NOT_IN_NAMES.sub("-", "-".join(parts[-count:]))[-LONGEST:]
    return name.strip("-._") or "model"


def unfinished_run(name: str) -> Path:
    """Return the run under runs/ that was begun from the configuration of this name and not ended.

    Raises:
        InputError: there is none, or there are several, all of them named, the newest first.
    """
    begun = [RunDirectory(folder) for folder in sorted(RUNS.glob(f"{name}-*"), reverse=True)]
    open_runs = [
        run.root for run in begun if run.manifest.exists() and not run.read_manifest().done.report
    ]
    if len(open_runs) == 1:
        return open_runs[0]
    if not open_runs:
        what = f"no unfinished run of {name} is in {RUNS}/"
        raise InputError(Problem("--resume", what, "name the run with --out"))
    named = ", ".join(str(folder) for folder in open_runs)
    what = f"{len(open_runs)} runs of {name} are not finished"
    raise InputError(Problem("--resume", what, f"name one with --out: {named}"))
