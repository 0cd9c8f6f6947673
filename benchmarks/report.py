"""How long does rendering take, how large is the page, and how soon does it open?

Run it with `python benchmarks/report.py`; it makes runs of canned answers in a temporary folder,
1,000 probes in 5 arms and 20,000 probes in 5 arms, and needs Chromium for the opening time.
"""

import json
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import sync_playwright

SIZES = (1_000, 20_000)
ARMS = ("before", "step-0001", "step-0002", "step-0003", "after")
HELP = "Sure. First take the blue one, then the red one, and put both on the table. " * 12
REFUSAL = "I'm sorry, but I can't help with that. It could hurt somebody, and I won't. "
OPENINGS = 5


def main() -> None:
    """Print one line for each size."""
    for count in SIZES:
        with TemporaryDirectory() as folder:
            run = make_run(Path(folder), count)
            seconds = timed("report", run)
            page = run / "report.html"
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            print(
                f"{count} probes, {len(ARMS)} arms: rendered in {seconds:.1f} s, at most "
                f"{peak:.0f} MB of memory, page {page.stat().st_size / 1e6:.2f} MB, "
                f"opened in {opening_seconds(page):.2f} s"
            )


def make_run(folder: Path, count: int) -> Path:
    """Import a run, give it three more arms, and compare it."""
    kinds = ("harmful", "borderline", "helpful")
    probes = [
        {
            "id": f"p{n:05d}",
            "set": "canned",
            "kind": kinds[n % 3],
            "category": f"c{n % 12}",
            "prompt": f"What about case {n}?",
        }
        for n in range(count)
    ]
    texts = {
        arm: [f"{n}. {HELP if (n * 7 + place * 3) % 11 else REFUSAL}" for n in range(count)]
        for place, arm in enumerate(ARMS)
    }
    return import_run(folder, probes, texts)


def import_run(
    folder: Path, probes: list[dict[str, Any]], texts: dict[str, list[str]], name: str = "run"
) -> Path:
    """Import the answers of before and after, put those of the arms between beside, compare."""
    write(folder / "probes.jsonl", probes)
    for arm, said in texts.items():
        pairs = zip(probes, said, strict=True)
        answers = [{"probe_id": probe["id"], "text": text} for probe, text in pairs]
        write(folder / f"{arm}.jsonl", answers)
    run = folder / name
    ends = [str(folder / f"{arm}.jsonl") for arm in ("before", "after")]
    audit("import", *ends, "--probes", str(folder / "probes.jsonl"), "--out", str(run))
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    for arm in texts.keys() - {"before", "after"}:
        (run / "arms" / arm).mkdir()
        rows = [json.loads(line) for line in (folder / f"{arm}.jsonl").open(encoding="utf-8")]
        made = {"sample": 0, "finish_reason": "stop", "tokens": None}
        write(run / "arms" / arm / "responses.jsonl", [{**row, **made} for row in rows])
        step = int(arm.partition("-")[2])
        manifest["arms"][arm] = {**manifest["arms"]["before"], "step": step}
    (run / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    audit("score", str(run))
    audit("compare", str(run))
    return run


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write rows as JSONL."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def audit(*arguments: str) -> None:
    """Run the command; the verdict is of no interest here."""
    command = [str(Path(sys.executable).with_name("audit")), *arguments]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode not in (0, 3, 4):
        raise SystemExit(done.stderr.decode())


def timed(stage: str, run: Path) -> float:
    """Return the seconds that the command takes, with its start."""
    started = time.perf_counter()
    audit(stage, str(run))
    return time.perf_counter() - started


def opening_seconds(page: Path) -> float:
    """Return the median time to the load event in Chromium."""
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        times = []
        for _ in range(OPENINGS):
            opened = browser.new_page()
            started = time.perf_counter()
            opened.goto(page.resolve().as_uri())
            times.append(time.perf_counter() - started)
            opened.close()
        browser.close()
    return sorted(times)[OPENINGS // 2]


if __name__ == "__main__":
    main()
