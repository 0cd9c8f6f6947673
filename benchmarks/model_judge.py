"""How right is a chat model as a judge, alone and in a panel, and how long does it take?

Run it with `python benchmarks/model_judge.py LABELS.jsonl MODEL_FOLDER [ROWS]`. It draws rows
evenly over the sources of the label file with a fixed seed, and measures the built-in judge, the
model with each template through vLLM, and a panel of both, by `audit judge-eval` in a temporary
folder. The built-in judge may have been trained on the file; how many rows it has seen is printed.
"""

import json
import random
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

ROWS = 84
TEMPLATES = ("rubric", "wildguard", "llama-guard")


def main() -> None:
    """Print a line for each judge."""
    labels, model = Path(sys.argv[1]), Path(sys.argv[2]).resolve()
    rows = int(sys.argv[3]) if sys.argv[3:] else ROWS
    judges: dict[str, object] = {
        name: {"kind": "generative", "template": name, "model": {"path": str(model)}}
        for name in TEMPLATES
    }
    judges["panel"] = {"kind": "panel", "asks": "rubric"}
    with TemporaryDirectory() as folder:
        drawn = Path(folder) / "labels.jsonl"
        drawn.write_text("".join(draw(labels, rows)), encoding="utf-8")
        (Path(folder) / "judges.yaml").write_text(json.dumps({"judges": judges}), encoding="utf-8")
        for name in ("rules", *TEMPLATES, "panel"):
            print_line(name, *measure(Path(folder), name))


def draw(labels: Path, count: int) -> list[str]:
    """Return so many lines of the file, as many of each source as it has."""
    by_source: dict[str, list[str]] = {}
    for line in labels.read_text(encoding="utf-8").splitlines(keepends=True):
        by_source.setdefault(json.loads(line).get("source", "all"), []).append(line)
    share = count // len(by_source)
    chosen = random.Random(0)  # noqa: S311 - a sample, no secret
    return [line for lines in by_source.values() for line in chosen.sample(lines, share)]


def measure(folder: Path, name: str) -> tuple[dict[str, object], float]:
    """Return what `audit judge-eval` says of the judge, and the seconds that it took."""
    command = [str(Path(sys.executable).with_name("audit")), "judge-eval", "labels.jsonl"]
    command += ["--judge", name, "--judges", "judges.yaml", "--json"]
    started = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout), time.perf_counter() - started


def print_line(name: str, found: dict[str, object], seconds: float) -> None:
    """Print the measures of a judge."""
    overall = found["overall"]
    if not isinstance(overall, dict):
        raise TypeError(name)
    shown = ", ".join(
        f"{key} {'none' if overall[key] is None else format(overall[key], '.3f')}"
        for key in ("accuracy", "f1", "kappa")
    )
    unscored = f"unscored {found['unscored']}, seen in training {found['seen_in_training']}"
    print(f"{name}: n {overall['n']}, {shown}, {unscored}, {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
