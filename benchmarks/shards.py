"""Do many probes over two workers of a Ray cluster, of which one is killed, give the same bytes?

Run it as `PYTHONPATH=tests python -P benchmarks/shards.py [PROBES]`: a tiny model is trained for a
few steps, all its arms are asked so many short probes in two shards, once undisturbed and once with
a worker killed midway, and the files of both are compared. docs/performance.md has the result.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from conftest import make_model, write_rows

AUDIT = str(Path(sys.executable).with_name("audit"))
KINDS = ("harmful", "borderline", "helpful")
TOKENS = 4
CONFIG = """\
model: {{path: {model}}}
preferences: {{path: demo, limit: 16}}
train: {{learning_rate: 5e-3, per_device_train_batch_size: 4, max_length: 128}}
probes: [{{set: s, path: {probes}}}]
generation: {{max_tokens: {tokens}}}
gate: {{allow_unresolved: true}}
"""


def main() -> None:
    """Ask twice, and print times, counts and whether the files are the same."""
    count = int(sys.argv[1]) if sys.argv[1:] else 10_000
    with TemporaryDirectory() as place:
        calm = _begun(Path(place), count)
        killed = shutil.copytree(calm, calm.with_name("killed"))
        seconds = {run.name: _asked(run, kill=run is killed) for run in (calm, killed)}
        sessions = [
            json.loads(part.read_text())["arms"]["before"]["sessions"]
            for part in sorted(killed.glob("shards/*/manifest.json"))
        ]
        print(f"{count} probes, seconds {seconds}, sessions of the killed run's shards {sessions}")
        for file in sorted(calm.glob("arms/*/responses.jsonl")):
            other = killed / file.relative_to(calm)
            rows = [json.loads(line) for line in other.read_text().splitlines()]
            once = len({row["probe_id"] for row in rows}) == len(rows) == count
            same = file.read_bytes() == other.read_bytes()
            print(f"{file.parent.name}: {len(rows)} rows, each probe once: {once}, {same=}")


def _begun(folder: Path, count: int) -> Path:
    """Train the tiny model, of which nothing is asked yet."""
    model = make_model(folder / "tiny", positions=512, seed=0)
    probes = [
        {"id": f"p{n}", "set": "s", "kind": KINDS[n % 3], "category": "c", "prompt": f"Say {n}."}
        for n in range(count)
    ]
    rows = write_rows(folder / "probes.jsonl", probes)
    run = folder / "calm"
    run.mkdir()
    written = CONFIG.format(model=model, probes=rows, tokens=TOKENS)
    (run / "config.yaml").write_text(written)
    subprocess.run([AUDIT, "train", str(run)], check=True, env=_env())
    return run


def _asked(run: Path, *, kill: bool) -> float:
    """Ask in two shards, and kill a worker once both have answered a twentieth of one arm."""
    started = time.monotonic()
    with subprocess.Popen([AUDIT, "generate", str(run), "--ray", "2"], env=_env()) as process:
        files = [run / f"shards/{n}-of-2/arms/before/responses.jsonl" for n in (1, 2)]
        while kill and not all(_lines(file) * 20 > _lines(run / "probes.jsonl") for file in files):
            if process.poll() is not None:
                sys.exit("it ended before a worker could be killed")
            time.sleep(0.01)
        if kill:
            _workers()[0].kill()
    if process.returncode != 0:
        sys.exit(f"asking ended with {process.returncode}")
    return round(time.monotonic() - started, 1)


def _workers() -> list[psutil.Process]:
    named = [(one, one.info["cmdline"] or [""]) for one in psutil.process_iter(["cmdline"])]
    return [one for one, words in named if words[:1] and words[0].startswith("ray::ask_shard")]


def _lines(file: Path) -> int:
    return file.read_bytes().count(b"\n") if file.exists() else 0


def _env() -> dict[str, str]:
    return {**os.environ, "HF_HUB_OFFLINE": "1"}


if __name__ == "__main__":
    main()
