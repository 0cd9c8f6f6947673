"""How does a broken input end, and is that an ending that is promised?"""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Sequence
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

from fault_cases import Case, break_file

from audit.errors import Exit

SECONDS = 120
ENDINGS = (0, 2, 3, 4, 5)
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
FORGED = re.compile(r"(?m)^error: (forged|lines$)")
"""What the bad inputs would have a name say on a line of its own."""
SECRET = "hf_nobody-may-read-this"  # noqa: S105 - made up
SURROUNDINGS = {"HF_HUB_OFFLINE": "1", "HF_TOKEN": SECRET}
LOCATED = re.compile(r"(?m)^error: .+: .+; .+|^Error: ")


@dataclass(frozen=True)
class Ending:
    """What a command left behind: exit code (-9 where it hung), its words, and its seconds."""

    code: int
    said: str
    seconds: float


def wrong(case: Case, material: Path, scratch: Path, command: str | None = None) -> str | None:
    """Run a case in a copy of the material; return what broke a promise, or None.

    `command` is the installed one, in a process of its own; without it a fork of this one runs.
    """
    shutil.rmtree(scratch, ignore_errors=True)
    root, outside = scratch / "material", scratch / "outside"
    shutil.copytree(material, root, symlinks=True)
    _traps(root, outside)
    break_file(root, case)
    before, labels = _digest(outside), _labels(root)
    ending = _spawned(case.command, root, command) if command else _forked(case.command, root)
    return _judged(ending) or _left(root, outside, before, labels)


def _traps(root: Path, outside: Path) -> None:
    """Lay out what words of a command may name, and what nothing may touch."""
    outside.mkdir()
    (outside / "file").write_text("precious")
    (root / "loop").symlink_to("loop")
    (root / "folder").mkdir()
    (root / "null.json").write_text("null")


def _judged(ending: Ending) -> str | None:
    """Return which promise an ending breaks."""
    tail = ending.said.strip()[-300:]
    promises = (
        ("hangs", ending.code != -signal.SIGKILL),
        ("traceback", "Traceback (most recent call last)" not in ending.said),
        (f"exit {ending.code}", ending.code in ENDINGS),
        ("control characters", not CONTROL.search(ending.said)),
        ("no located message", ending.code != Exit.INPUT or LOCATED.search(ending.said)),
        ("told the key", SECRET not in ending.said),
        ("forged line", not FORGED.search(ending.said)),
    )
    return next((f"{broken}: {tail!r}" for broken, kept in promises if not kept), None)


def _left(root: Path, outside: Path, before: str, labels: set[str]) -> str | None:
    if _digest(outside) != before:
        return f"wrote outside: {sorted(str(path) for path in outside.rglob('*'))}"
    if any(SECRET.encode() in path.read_bytes() for path in root.rglob("*") if path.is_file()):
        return "wrote the key"
    gone = labels - _labels(root)
    return f"lost labels: {sorted(gone)[:2]}" if gone else None


def _labels(root: Path) -> set[str]:
    """Return every line of people's labels that stands anywhere in the runs."""
    files = root.glob("*/annotation/labels.jsonl*")
    return {
        line
        for file in files
        if file.is_file()
        for line in file.read_text(errors="replace").splitlines()
        if line.strip()
    }


def _digest(folder: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        found.update(str(path).encode())
        if path.is_file():
            found.update(path.read_bytes())
    return found.hexdigest()


def _spawned(words: Sequence[str], root: Path, command: str) -> Ending:
    started = time.monotonic()
    try:
        done = subprocess.run(
            [command, *words],
            cwd=root,
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **SURROUNDINGS},
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        return Ending(-signal.SIGKILL, "", SECONDS)
    said = (done.stdout + done.stderr).decode(errors="replace")
    return Ending(done.returncode, said, time.monotonic() - started)


def _forked(words: Sequence[str], root: Path) -> Ending:
    """Run the command in a fork, which has its libraries already and may crash or hang."""
    started, output = time.monotonic(), root.parent / "output"
    child = os.fork()
    if child == 0:
        _in_child(words, root, output)
    while time.monotonic() - started < SECONDS:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            said = output.read_bytes().decode(errors="replace")
            return Ending(code, said, time.monotonic() - started)
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return Ending(-signal.SIGKILL, "", SECONDS)


def _in_child(words: Sequence[str], root: Path, output: Path) -> None:
    """Be the command: its streams go into a file, and nothing of the parent's goes on."""
    from audit.commands.main import main

    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    sys.stdout = sys.stderr = os.fdopen(
        descriptor, "w", encoding="utf-8", errors="backslashreplace"
    )
    sys.argv = ["audit", *words]
    os.environ.update(SURROUNDINGS)
    code = 1
    try:
        with chdir(root):
            main(list(words), prog_name="audit")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - a traceback is what is looked for
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)
