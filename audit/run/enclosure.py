"""Does everything in a run's folder lie in it? Runs are sent around, and links lead anywhere."""

import os
from collections.abc import Iterator
from pathlib import Path

from audit.errors import Problem
from audit.files.borders import visible
from audit.files.lines import refuse


def refuse_what_leads_out(root: Path) -> None:
    """Refuse a folder in which a link leads out, or something is neither a file nor a folder.

    The folder itself may be a link, and links may lead from one of its files to another.

    Raises:
        InputError: with every such entry.
    """
    inside = root.resolve()
    refuse([problem for entry in _entries(root) if (problem := _problem(entry, inside))])


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Yield all that lies in a folder, links unfollowed; nothing where there is no folder."""
    try:
        with os.scandir(folder) as found:
            entries = list(found)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        yield entry
        if entry.is_dir(follow_symlinks=False):
            yield from _entries(Path(entry.path))


def _problem(entry: os.DirEntry[str], inside: Path) -> Problem | None:
    if entry.is_symlink():
        target = os.path.realpath(entry.path)  # a loop of links ends where it began
        if Path(target).is_relative_to(inside) and not Path(target).is_symlink():
            return None
        what = f"is a link that leads out of the run, to {visible(target)}"
        return Problem(entry.path, what, "put the file itself there, or remove the link")
    if entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False):
        return None
    return Problem(entry.path, "is neither a file nor a folder", "remove it")
