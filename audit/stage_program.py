"""How does a stage run as a program of its own, and how does it tell its parent what happens?

The program's standard output carries one JSON message a line; all that libraries print goes to
standard error, which the parent keeps as the stage's log.
"""

import argparse
import ctypes
import errno
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from audit.errors import AuditError, Exit, InputError, Problem
from audit.run_directory import RunDirectory

PR_SET_PDEATHSIG = 1
PREDECESSOR_SECONDS = 60


@dataclass(frozen=True)
class Progress:
    """How far a long step is."""

    task: str
    done: int
    total: int
    unit: str


Tell = Callable[[Progress | str], None]
"""Receives progress, and sentences that the user should read."""


def run_stage_program(work: Callable[[RunDirectory, Tell], None]) -> None:
    """Run a stage's work on the run directory named on the command line, and exit."""
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("run", type=Path, help="the run directory")
    run = RunDirectory(parser.parse_args().run)
    _die_with_parent()
    send = _take_standard_output()
    try:
        with run.locked("stage", PREDECESSOR_SECONDS):
            work(run, lambda news: send(_message(news)))
    except InputError as error:
        send({"problems": [asdict(problem) for problem in error.problems]})
        sys.exit(Exit.INPUT)
    except AuditError as error:
        send({"failure": str(error)})
        sys.exit(Exit.STAGE_FAILED)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        problem = Problem(str(run.root), "no space left on the disk", "free some, then --resume")
        send({"problems": [asdict(problem)]})
        sys.exit(Exit.INPUT)


def _message(news: Progress | str) -> dict[str, Any]:
    return {"note": news} if isinstance(news, str) else {"progress": asdict(news)}


def _take_standard_output() -> Callable[[dict[str, Any]], None]:
    """Keep standard output for messages, and point all other printing at standard error."""
    messages = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def send(message: dict[str, Any]) -> None:
        messages.write(json.dumps(message) + "\n")
        messages.flush()

    return send


def _die_with_parent() -> None:
    """Ask the kernel to kill this program when its parent is killed, so that none is orphaned."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
