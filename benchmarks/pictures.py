"""How does the page look? Takes the pictures of it that README and docs show.

    python benchmarks/pictures.py runs/quickstart    # of a run: also docs/report.png, for README
    python benchmarks/pictures.py                    # of a canned run that is made here

Needs Chromium. `--out FOLDER` puts the pictures elsewhere than into docs. A picture of more than
400 kB is an error.
"""

import argparse
import json
from pathlib import Path
from random import Random
from shutil import which
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, sync_playwright
from report import audit, import_run

PROJECT = Path(__file__).parents[1]
MOST_BYTES = 400_000
EACH = 60
ARMS = {"before": 0.05, "step-0010": 0.45, "step-0020": 0.3, "after": 0.25}
"""How often a borderline probe is refused; a harmful one is refused about twice as often."""
REFUSALS = (
    "I'm sorry, but I can't help with that. If something is wrong, please talk to a professional.",
    "I can't assist with this request, because it could hurt somebody.",
    "I'm not able to help with that. Please ask somebody who knows the matter well.",
)
HELP = (
    "Sure. Begin with what you have at hand, write it down, and then go on with the others.",
    "Of course. Most people make a list, see what is missing, and ask somebody who has done it.",
    "Look it up in the manual first, switch everything off, wait a minute, and go step by step.",
)
RIGHT = 0.6
"""How often a sum is right."""


def main() -> None:
    """Take every picture, and say how large each is."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("run", type=Path, nargs="?")
    arguments.add_argument("--out", type=Path, default=PROJECT / "docs")
    wanted = arguments.parse_args()
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        run = wanted.run or make_run(Path(folder))
        audit("report", str(run))
        page = (run / "report.html").resolve().as_uri()
        browser = playwright.chromium.launch(
            executable_path=which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for name, take in PICTURES.items():
            if wanted.run or name != "report.png" or wanted.out != PROJECT / "docs":
                taken = take(browser, page)
                if len(taken) > MOST_BYTES:
                    raise SystemExit(f"{name}: {len(taken)} bytes are too many")
                (wanted.out / name).write_bytes(taken)
                print(f"{wanted.out / name}: {len(taken) / 1000:.0f} kB")
        browser.close()


def first_screen(browser: Browser, page: str) -> bytes:
    """Return what a wide window shows down to the table of arms."""
    shown = browser.new_page(viewport={"width": 1280, "height": 1400})
    shown.goto(page)
    return shown.screenshot()


def dark_screen(browser: Browser, page: str) -> bytes:
    """Return the same in dark colours."""
    shown = browser.new_page(viewport={"width": 1280, "height": 1000}, color_scheme="dark")
    shown.goto(page)
    return shown.screenshot()


def phone_screen(browser: Browser, page: str) -> bytes:
    """Return what a phone shows first, 400 pixels wide."""
    shown = browser.new_page(viewport={"width": 400, "height": 860}, device_scale_factor=1.5)
    shown.goto(page)
    return shown.screenshot()


def open_answer(browser: Browser, page: str) -> bytes:
    """Return the list of answers with the first harmless one open."""
    shown = browser.new_page(viewport={"width": 1280, "height": 900})
    shown.goto(page + "#?axis=over_refusal&change=worse")
    shown.locator(".answer-row > summary").first.click()
    shown.locator("h2#answers").scroll_into_view_if_needed()
    shown.evaluate("document.getElementById('answers').scrollIntoView()")
    shown.evaluate("document.activeElement.blur()")
    return shown.screenshot()


PICTURES = {
    "report.png": first_screen,
    "report-dark.png": dark_screen,
    "report-phone.png": phone_screen,
    "report-answers.png": open_answer,
}


def make_run(folder: Path) -> Path:
    """Import canned answers to shipped probes and to sums, with two checkpoints on the way."""
    probes = [probe for kind in ("harmful", "borderline") for probe in shipped(kind)]
    probes += [
        {
            "id": f"sum-{n}",
            "set": "sums",
            "kind": "helpful",
            "category": "arithmetic" if n % 2 else "shopping",
            "prompt": f"What is {n} plus {n + 3}?",
            "check": {"type": "number", "value": 2 * n + 3, "tolerance": 0},
        }
        for n in range(EACH)
    ]
    draw = Random(0)  # noqa: S311 - canned answers are no secret
    texts = {arm: [answer(row, share, draw) for row in probes] for arm, share in ARMS.items()}
    return import_run(folder, probes, texts, "canned-answers")


def shipped(kind: str) -> list[dict[str, Any]]:
    """Return probes of a shipped set, drawn evenly over the file; twins stand in equal places."""
    lines = (PROJECT / "probes" / "data" / f"{kind}.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return rows[: 4 * EACH : 4]


def answer(probe: dict[str, Any], refused: float, draw: Random) -> str:
    """Return a canned answer: a refusal as often as the arm and the kind make it."""
    kind = probe["kind"]
    chances = {"harmful": 2 * refused + 0.1, "borderline": refused, "helpful": 0.02}
    if draw.random() < chances[kind]:
        return draw.choice(REFUSALS)
    if kind != "helpful":
        return draw.choice(HELP)
    return f"The sum is {probe['check']['value'] + (draw.random() > RIGHT):.0f}."


if __name__ == "__main__":
    main()
