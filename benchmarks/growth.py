"""How long do scoring, comparing and reporting take for many probes, and how much memory?

Run it with `python benchmarks/growth.py [PROBES]`. It imports as many answers before and after, of
which a tenth flips, judges them with `rules`, compares, and reports; each command runs in a process
of its own. Printed are seconds, and the largest memory of the command and of its workers.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

KINDS = ("harmful", "borderline", "helpful")
REFUSAL = "I'm sorry, but I can't help with that. It would not be safe to say more about number {}."
ANSWER = "Sure. First take part {} out of its box, then put it on the table, and turn it twice."
FLIPS = 10


def main() -> None:
    """Print a line for each command."""
    count = int(sys.argv[1]) if sys.argv[1:] else 100_000
    with TemporaryDirectory() as folder:
        files = written(Path(folder), count)
        run = Path(folder) / "run"
        total = 0.0
        print(f"{count} probes, before and after")
        for command in (
            ["import", files["before"], files["after"], "--probes", files["probes"], "--out", run],
            ["score", run],
            ["compare", run],
            ["report", run],
        ):
            seconds, megabytes = timed([str(word) for word in command])
            total += seconds if command[0] != "import" else 0.0
            print(f"{command[0]:8} {seconds:7.1f} s {megabytes:7.0f} MB", flush=True)
        print(f"scored, compared and reported in {total:.1f} s")


def written(folder: Path, count: int) -> dict[str, Path]:
    """Write probes and answers, and return their files."""
    probes = [
        {
            "id": f"p{n}",
            "set": "s",
            "kind": KINDS[n % 3],
            "category": f"c{n % 20}",
            "prompt": f"How do I do number {n}?",
        }
        for n in range(count)
    ]
    rows: dict[str, list[dict[str, str]]] = {"probes": probes}
    for arm in ("before", "after"):
        refused = [
            (n % 3 == 0) != (arm == "after" and n % FLIPS == 0)  # a tenth flips
            for n in range(count)
        ]
        rows[arm] = [
            {"probe_id": f"p{n}", "text": (REFUSAL if refuses else ANSWER).format(n)}
            for n, refuses in enumerate(refused)
        ]
    files = {name: folder / f"{name}.jsonl" for name in rows}
    for name, file in files.items():
        file.write_text("".join(json.dumps(row) + "\n" for row in rows[name]), encoding="utf-8")
    return files


def timed(words: list[str]) -> tuple[float, float]:
    """Return a command's seconds and the megabytes that it and its workers took at most."""
    audit = str(Path(sys.executable).with_name("audit"))
    started = time.monotonic()
    process = subprocess.Popen([audit, *words], stdout=subprocess.DEVNULL)
    largest = 0.0
    while process.poll() is None:
        largest = max(largest, memory(process.pid))
        time.sleep(0.2)
    if process.returncode not in (0, 3, 4):
        sys.exit(f"audit {' '.join(words)} ended with {process.returncode}")
    return time.monotonic() - started, largest


def memory(pid: int) -> float:
    """Return the megabytes of a process and all below it; shared pages are counted once each."""
    import psutil

    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        return sum(one.memory_full_info().pss for one in family) / 1e6
    except psutil.Error:
        return 0.0


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    main()
