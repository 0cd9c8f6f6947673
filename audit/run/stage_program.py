"""How does a stage run as a program of its own, and how does it tell its parent what happens?

The program's standard output carries one JSON message a line; all that libraries print goes to
standard error, which the parent keeps as the stage's log.
"""

import argparse
import ctypes
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol, TypeVar

from audit.errors import REMEDIES, AuditError, Exit, InputError, problem_of_system
from audit.files.locking import locked
from audit.run.messages import ENOUGH, IsEnough, Tell, as_message

PR_SET_PDEATHSIG = 1
PREDECESSOR_SECONDS = 60

Send = Callable[[dict[str, Any]], None]
"""Sends the parent one message."""


class Folder(Protocol):
    """The files that a stage program works on."""

    @property
    def root(self) -> Path:
        """The folder that they lie in."""


AnyFolder = TypeVar("AnyFolder", bound=Folder)


def run_stage_program(
    opened: Callable[[Path], AnyFolder], work: Callable[[AnyFolder, Tell], None]
) -> None:
    """Run a stage's work on the folder named on the command line, and exit."""
    folder = _folder(opened)
    _run([folder], lambda send: work(folder, _telling(send)))


def run_answered_program(
    opened: Callable[[Path], AnyFolder], work: Callable[[AnyFolder, Tell, IsEnough], None]
) -> None:
    """Run a stage's work that may ask its parent whether what is done is enough, and exit.

    A parent that does not answer lets all of it be done.
    """

    def asking(send: Send) -> None:
        def is_enough(done: int) -> bool:
            send({"look": done})
            return sys.stdin.readline().strip() == ENOUGH

        work(folder, _telling(send), is_enough)

    folder = _folder(opened)
    _run([folder], asking)


def run_program_on_several(
    opened: Callable[[Path], AnyFolder], work: Callable[[list[AnyFolder], Tell], None]
) -> None:
    """Run work on all folders named on the command line together, and exit."""
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("folders", type=Path, nargs="+", help="the run directories")
    folders = [opened(folder) for folder in parser.parse_args().folders]
    _run(folders, lambda send: work(folders, _telling(send)))


def _folder(opened: Callable[[Path], AnyFolder]) -> AnyFolder:
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("folder", type=Path, help="the run directory, or a judge's folder in it")
    return opened(parser.parse_args().folder)


def _telling(send: Send) -> Tell:
    return lambda news: send(as_message(news))


def _run(folders: Sequence[Folder], work: Callable[[Send], None]) -> None:
    """Do the work while the folders are locked, tell the parent what happens, and exit."""
    die_with_parent()
    send = _take_standard_output()
    is_first = os.environ.get("RANK", "0") == "0"  # of several that a launcher has started
    try:
        with ExitStack() as held:
            for folder in folders if is_first else ():
                held.enter_context(locked(folder.root, "stage", PREDECESSOR_SECONDS))
            work(send if is_first else lambda _: None)
    except InputError as error:
        send({"problems": [asdict(problem) for problem in error.problems]})
        sys.exit(Exit.INPUT)
    except AuditError as error:
        send({"failure": str(error)})
        sys.exit(Exit.STAGE_FAILED)
    except OSError as error:
        if error.errno not in REMEDIES:
            raise
        send({"problems": [asdict(problem_of_system(error))]})
        sys.exit(Exit.INPUT)


def _take_standard_output() -> Send:
    """Keep standard output for messages, and point all other printing at standard error."""
    messages = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def send(message: dict[str, Any]) -> None:
        messages.write(json.dumps(message) + "\n")
        messages.flush()

    return send


def die_with_parent() -> None:
    """Ask the kernel to kill this program when its parent is killed, so that none is orphaned."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
