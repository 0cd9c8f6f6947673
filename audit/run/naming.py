"""Where does a new run go, and which one is to be continued?"""

import re
from datetime import UTC, datetime
from pathlib import Path

from audit.errors import InputError, Problem
from audit.run.directory import RunDirectory

RUNS = Path("runs")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")
LONGEST = 60


def new_run_folder(name: str) -> Path:
    """Return a folder under runs/ that is not there yet, named by the time."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    folder = RUNS / f"{name}-{stamp}"
    count = 2
    while folder.exists():
        folder = RUNS / f"{name}-{stamp}-{count}"
        count += 1
    return folder


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
