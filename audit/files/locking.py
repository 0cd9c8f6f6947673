"""How do two programs keep from writing into one folder?"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from audit.errors import InputError, Problem

LOCK = ".lock"
LEFT = {LOCK, ".partial"}
"""The endings of locks, and of what a kill leaves of a file that was being written."""


@contextmanager
def locked(folder: Path, name: str, wait_seconds: float) -> Iterator[None]:
    """Hold one of a folder's locks; the kernel frees it when its holder dies.

    Raises:
        InputError: another process holds it.
    """
    lock = FileLock(folder / f".{name}{LOCK}")
    try:
        lock.acquire(timeout=wait_seconds)
    except Timeout as error:
        fix = "wait for it, or use another folder"
        raise InputError(Problem(str(folder), "another audit is working here", fix)) from error
    try:
        yield
    finally:
        lock.release()


def is_locked(folder: Path, name: str) -> bool:
    """Say whether a process holds one of a folder's locks now."""
    lock = FileLock(folder / f".{name}{LOCK}")
    try:
        with lock.acquire(timeout=0):
            return False
    except Timeout:
        return True


def refuse_used(folder: Path, fix: str = "name a new folder") -> None:
    """Refuse a folder in which anything but locks, or half a killed file, lies.

    `fix` is what can be done.

    Raises:
        InputError: something does.
    """
    if not is_unused(folder):
        raise InputError(Problem(str(folder), "the folder is not empty", fix))


def is_unused(folder: Path) -> bool:
    """Say whether nothing but locks, or half a killed file, lies in a folder, or there is none."""
    return not folder.is_dir() or all(path.suffix in LEFT for path in folder.iterdir())
