"""How is a stage program started, listened to, and its end understood?"""

import json
import os
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from audit.errors import Exit, InputError, Problem, StageFailed, free_bytes
from audit.files.borders import visible
from audit.run.messages import ENOUGH, MORE, IsEnough, Progress, Tell

QUIET = {"TOKENIZERS_PARALLELISM": "false", "TQDM_DISABLE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
WAITING = "GOMP_SPINCOUNT"
SPINS = "1000"
"""For so long a thread of OpenMP looks for its next work before it sleeps. By default threads look
for milliseconds, in which they keep the cores from every other process that computes."""
TRAINING = "train"
KEEPING = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(1 << 34)}
"""Lets training on a CPU keep the memory of its largest tensors from one step to the next. By
default glibc gives it back and the kernel clears it anew, which was half of a step's time where
vocabularies are large (`docs/performance.md`)."""
OF_LAUNCHERS = frozenset(
    {
        "RANK",
        "WORLD_SIZE",
        "LOCAL_RANK",
        "LOCAL_WORLD_SIZE",
        "GROUP_RANK",
        "MASTER_ADDR",
        "MASTER_PORT",
    }
)
LAST_LINES = 200
"""Of a log, so many are searched for its last words."""
FULL_DISK_BYTES = 1_000_000
"""With less free, a program that ended in silence is taken to have filled the disk."""


def run_child(
    program: str,
    folder: Path,
    log: Path,
    tell: Tell,
    *,
    others: Sequence[Path] = (),
    is_enough: IsEnough | None = None,
) -> None:
    """Run `python -P -m program FOLDER [OTHERS...]` to its end, passing on what it tells.

    `is_enough` answers a program that asks whether what is done is enough.

    `-P` keeps a user's own train.py in the working directory from being run in its place.

    Raises:
        InputError: the stage found the input unusable.
        StageFailed: the stage ended in any other way than done; its log is named.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-P", "-m", program, *map(str, (folder, *others))]
    problems: list[Problem] = []
    failure: str | None = None
    with (
        log.open("ab") as errors,
        subprocess.Popen(  # noqa: S603 - our own program
            command,
            stdin=subprocess.PIPE if is_enough else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=environment_of(program),
            text=True,
            encoding="utf-8",
        ) as process,
    ):
        try:
            for line in process.stdout or ():
                message = _parse(line)
                if "problems" in message:
                    problems = [Problem(**problem) for problem in message["problems"]]
                elif "failure" in message:
                    failure = str(message["failure"])
                elif "look" in message and is_enough and process.stdin:
                    process.stdin.write(ENOUGH if is_enough(int(message["look"])) else MORE)
                    process.stdin.write("\n")
                    process.stdin.flush()
                else:
                    _pass_on(message, tell)
        except BaseException:
            process.kill()  # its files are whole at any moment, and nobody would wait for it
            raise
    if process.returncode == Exit.OK:
        return
    if not problems and (free := free_bytes(folder)) < FULL_DISK_BYTES:
        what = f"the disk is full ({free:,} bytes are free)"
        problems = [Problem(str(folder), what, "free some space, then --resume")]
    if problems:
        raise InputError(*problems)
    raise StageFailed(_how_it_ended(log.stem, process.returncode, failure, log))


def environment_of(program: str) -> dict[str, str]:
    """Return this environment with what a program is to be told; what a user has set stays.

    Left out is the place that another launcher has given to this process: a cluster's job may have
    one, and a program would wait for others that never come.
    """
    own = {name: value for name, value in os.environ.items() if name not in OF_LAUNCHERS}
    waiting = {} if "OMP_WAIT_POLICY" in own else {WAITING: SPINS}
    keeping = KEEPING if program == TRAINING else {}
    return {**QUIET, **waiting, **keeping, **own}


def _pass_on(message: dict[str, Any], tell: Tell) -> None:
    if "progress" in message:
        tell(Progress(**message["progress"]))
    elif "note" in message:
        tell(str(message["note"]))


def _parse(line: str) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def _how_it_ended(stage: str, code: int, failure: str | None, log: Path) -> str:
    if failure is None and code < 0:
        failure = f"was killed by signal {-code} (9 is often the system, out of memory)"
    if failure is None:
        failure = f"ended with code {code}: {_last_words(log)}"
    return f"{stage}: {failure}; the whole story is in {log}; mend the cause, then use --resume"


def _last_words(log: Path) -> str:
    with log.open(encoding="utf-8", errors="replace") as file:
        lines = [line.strip() for line in deque(file, LAST_LINES) if line.strip()]
    return visible(lines[-1], 300) if lines else "it printed nothing"
