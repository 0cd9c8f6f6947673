"""What is left of a command that is killed at any moment, once or twice, and begun again?"""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

SECONDS = 600
ENDINGS = (0, 3, 4)
COMPARED = (
    "probes.jsonl",
    "config.yaml",
    "arms/*/*.jsonl",
    "annotation/*/sample.jsonl",
    "annotation/labels.jsonl",
    "comparison.json",
    "arms.json",
    "summary.md",
    "junit.xml",
    "train/metrics.jsonl",
    "train/adapter/adapter_model.safetensors",
)
TIMES = ("labelled_at", "train_runtime", "train_samples_per_second", "train_steps_per_second")
"""What no two undisturbed runs have in common either."""
HISTORY = ("--history", "h.sqlite")
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("import", "a.jsonl", "b.jsonl", "--probes", "probes.jsonl", "--out", "made"),
    ("score", "fresh"),
    ("compare", "run"),
    ("report", "run"),
    ("annotate", "run", "--n", "2", "--batch", "second"),
    ("annotate", "run", "--import", "sheet.csv", "--annotator", "Bob"),
    ("bless", "run", "--reason", "why", *HISTORY),
    ("check", "other", "--baseline", "run", "--gate", "gate.yaml", *HISTORY),
)
"""Commands that need no model. Each is killed, and begun again with the same words."""


@dataclass(frozen=True)
class Killed:
    """One command that was killed: how often, and what was wrong with what came of it."""

    command: tuple[str, ...]
    times: int
    wrong: str | None


def kill(
    words: tuple[str, ...], again: tuple[str, ...], made: Path, *, seed: int, audit: str
) -> Killed:
    """Run a command undisturbed and killed, in two copies of a folder, and compare what is left.

    A third of the commands are killed twice. `again` is how the command is begun anew.
    """
    draw = random.Random(seed)  # noqa: S311 - a reproducible moment, no secret
    calm, killed = made.with_name("calm"), made.with_name("killed")
    for copy in (calm, killed):
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(made, copy)
    started = time.monotonic()
    expected = _ended(words, calm, audit)
    seconds = time.monotonic() - started
    times = 0
    for attempt in (words, again)[: 2 if seed % 3 == 0 else 1]:
        times += killed_after(
            draw.uniform(0.05, 1.05) * seconds, (audit, *attempt), killed, alone=True
        )
    if not times:
        return Killed(words, 0, None)
    code = _ended(again, killed, audit)
    if code not in (expected, 2 if words[0] == "bless" else expected):
        return Killed(words, times, f"ended with {code} in place of {expected}")
    return Killed(words, times, _difference(calm, killed, words))


def _ended(words: Sequence[str], folder: Path, audit: str) -> int:
    done = subprocess.run(
        [audit, *words],
        cwd=folder,
        capture_output=True,
        check=False,
        env=surroundings(),
        timeout=SECONDS,
    )
    if b"Traceback" in done.stderr:
        return 1
    return done.returncode


def surroundings() -> dict[str, str]:
    """Return the environment of a command, which asks no hub."""
    return {**os.environ, "HF_HUB_OFFLINE": "1"}


def killed_after(seconds: float, command: Sequence[str], folder: Path, *, alone: bool) -> bool:
    """Run a command, kill it, alone or with its children, and say whether it was still running."""
    with subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=surroundings(),
        start_new_session=True,
    ) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            (os.kill if alone else os.killpg)(process.pid, signal.SIGKILL)
            return True
    return False


def _difference(calm: Path, killed: Path, words: tuple[str, ...]) -> str | None:
    """Return what a killed and an undisturbed folder differ in."""
    for root in sorted(path.parent for path in calm.rglob("manifest.json")):
        there = root.relative_to(calm)
        other = _only(killed, there) if there.parts[0] == "runs" else killed / there
        for pattern in COMPARED:
            for file in root.glob(pattern):
                same = other / file.relative_to(root)
                if not same.is_file():
                    return f"{same} is lost"
                if _read(file, calm) != _read(same, killed):
                    return f"{same} differs"
    calm_rows, rows = _rows(calm / "h.sqlite"), _rows(killed / "h.sqlite")
    once = rows == calm_rows or (words[0] == "bless" and 0 < rows <= calm_rows + 1)
    return None if once else f"{rows} rows of history in place of {calm_rows}"


def _only(folder: Path, there: Path) -> Path:
    """Return the one finished check in a folder of runs, which is named by its time."""
    finished = sorted((folder / there.parts[0]).glob("*/report.html"))
    return finished[-1].parent if finished else folder / there


def _read(file: Path, folder: Path) -> object:
    """Return a file's bytes without the folder's own name, or rows without their times."""
    if file.name not in {"labels.jsonl", "metrics.jsonl"}:
        return file.read_bytes().replace(str(folder).encode(), b"")
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    return [{key: value for key, value in row.items() if key not in TIMES} for row in rows]


def _rows(history: Path) -> int:
    if not history.exists():
        return 0
    with closing(sqlite3.connect(history)) as opened:
        names = ("baselines", "checks")
        return sum(opened.execute(f"select count(*) from {name}").fetchone()[0] for name in names)  # noqa: S608
