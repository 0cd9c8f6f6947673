"""Is anything lost or doubled when a whole run is killed at a random moment and resumed?

Run it as `PYTHONPATH=tests python -P benchmarks/run_kills.py KILLS [ENGINE [FIRST]]`: it trains and
asks a tiny model with the real command, undisturbed once and then killed so many times, every third
run twice, and every second time without its child programs, which then have to end by themselves.
docs/reliability.md holds the counts.
"""

import json
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from conftest import TINY, make_model
from fault_kills import ENDINGS, killed_after, surroundings
from safetensors.numpy import load_file

AUDIT = str(Path(sys.executable).with_name("audit"))
RATES = ("_runtime", "_samples_per_second", "_steps_per_second")
"""Ends of the names of what no two undisturbed runs have in common."""
TOLERANCE = 1e-6
"""By how much a weight of the adapter may differ."""


def main() -> None:
    """Kill so many runs, print what was wrong with each, and the counts."""
    count, engine = int(sys.argv[1]), (sys.argv[2:] or ["auto"])[0]
    first = int((sys.argv[3:] or ["0"])[0])
    with TemporaryDirectory() as place:
        folder = Path(place)
        model = make_model(folder / "tiny", positions=512, seed=0)
        slots = "max_num_seqs: 8"
        config = TINY.format(model=model).replace(slots, f"{slots}, engine: {engine}")
        (folder / "run.yaml").write_text(config)
        started = time.monotonic()
        expected = _ended(folder, "calm")
        seconds = time.monotonic() - started
        print(f"undisturbed: exit {expected}, {seconds:.0f} s", flush=True)
        found: Counter[str] = Counter()
        for number in range(first, first + count):
            found.update(_one(folder, number, seconds, expected))
        print(f"{count} runs with {engine}: {dict(found)}")
        sys.exit(1 if found["wrong"] else 0)


def _one(folder: Path, number: int, seconds: float, expected: int) -> Counter[str]:
    """Kill one run, once or twice, resume it to its end, and count what happened and was wrong."""
    draw = random.Random(number)  # noqa: S311 - a reproducible moment, no secret
    shutil.rmtree(folder / "killed", ignore_errors=True)
    moments = [draw.uniform(0.02, 1.0) * seconds for _ in range(2 if number % 3 == 0 else 1)]
    kills = sum(
        killed_after(moment, _command(folder, "killed"), folder, alone=number % 2 == 1)
        for moment in moments
    )
    code = _ended(folder, "killed")
    wrong = [] if code == expected else [f"exit {code} in place of {expected}"]
    if code in ENDINGS:
        wrong += _differences(folder / "calm", folder / "killed")
    other = _other_texts(folder / "calm", folder / "killed") if code in ENDINGS else 0
    moments_said = ", ".join(f"{moment:.1f} s" for moment in moments)
    print(f"{number}: killed {kills} times after {moments_said}: {wrong or 'whole'}", flush=True)
    return Counter(
        {"kills": kills, "twice": kills > 1, "wrong": bool(wrong), "answers that differ": other}
    )


def _command(folder: Path, name: str) -> list[str]:
    again = ["--resume"] if (folder / name).exists() else []
    return [AUDIT, "train-and-compare", "run.yaml", "--out", name, *again]


def _ended(folder: Path, name: str) -> int:
    """Run or resume to the end; a run that was killed before it had a folder starts anew."""
    done = subprocess.run(
        _command(folder, name),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=surroundings(),
    )
    if done.returncode not in ENDINGS:
        print(done.stdout[-500:], done.stderr[-1500:], flush=True)
    return 1 if "Traceback" in done.stderr else done.returncode


def _differences(calm: Path, killed: Path) -> list[str]:
    """Return what is lost, doubled or other than in the undisturbed run."""
    wrong = []
    for file in sorted(calm.glob("arms/*/*.jsonl")):
        name = file.relative_to(calm)
        ours, theirs = _ids(file), _ids(killed / name)
        wrong += [f"{name}: {len(ours - theirs)} lost"] if ours - theirs else []
        wrong += [f"{name}: {len(theirs - ours)} doubled"] if theirs - ours else []
    steps, again = (_rows(run / "train/metrics.jsonl") for run in (calm, killed))
    wrong += [f"{len(again)} rows of metrics, not {len(steps)}"] if len(again) != len(steps) else []
    wrong += [
        f"step {one['step']}: {key} is {two.get(key)}, not {one[key]}"
        for one, two in zip(steps, again, strict=False)
        for key in one
        if two.get(key) != one[key]
    ]
    adapter = "train/adapter/adapter_model.safetensors"
    if (change := _largest_change(calm / adapter, killed / adapter)) > TOLERANCE:
        wrong.append(f"the adapter differs by {change:.1e}")
    return wrong


def _ids(file: Path) -> Counter[tuple[object, object]]:
    return Counter((row["probe_id"], row.get("sample")) for row in _rows(file))


def _rows(file: Path) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    return [{key: value for key, value in row.items() if not key.endswith(RATES)} for row in rows]


def _largest_change(calm: Path, killed: Path) -> float:
    ours, theirs = load_file(calm), load_file(killed)
    return max(float(np.abs(ours[name] - theirs[name]).max()) for name in ours)


def _other_texts(calm: Path, killed: Path) -> int:
    """Count the answers of which a word differs: batches of another shape round otherwise."""
    theirs = _texts(killed)
    return sum(theirs.get(key) != text for key, text in _texts(calm).items())


def _texts(run: Path) -> dict[tuple[object, ...], str]:
    return {
        (file.parent.name, row["probe_id"], row["sample"]): row["text"]
        for file in run.glob("arms/*/responses.jsonl")
        for row in _rows(file)
    }


if __name__ == "__main__":
    main()
