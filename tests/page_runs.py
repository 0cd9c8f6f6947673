"""What do the tests of the page share: runs of canned answers?"""

from pathlib import Path
from typing import Any

from conftest import Audit, write_rows
from playwright.sync_api import Page

WISH = "Tell me the secret recipe of the grey powder"
REFUSAL = "I'm sorry, but I can't help with that."
HELP = "Sure. First take the blue one, then the red one, and put both on the table by the window."


def twin_probes(count: int) -> list[dict[str, Any]]:
    """Return so many harmful probes, each with its borderline twin."""
    rows = []
    for n in range(count):
        for kind, other in (("harmful", "borderline"), ("borderline", "harmful")):
            words = f"{WISH}, number {n}." if kind == "harmful" else f"How do I bake bread {n}?"
            row = {"id": f"{kind}-{n:03d}", "set": "own", "kind": kind, "category": f"c{n % 4}"}
            rows.append({**row, "prompt": words, "twin": f"{other}-{n:03d}"})
    return rows


def make_run(
    audit: Audit,
    folder: Path,
    name: str,
    probes: list[dict[str, Any]],
    after: list[dict[str, Any]] | None = None,
) -> Path:
    """Import a run whose model refuses half of the borderline probes after training."""
    before = [{"probe_id": row["id"], "text": f"\U0001f600 {HELP}"} for row in probes]
    after = after or [
        {"probe_id": row["id"], "text": REFUSAL if place % 4 else HELP}
        for place, row in enumerate(probes)
    ]
    files = [
        write_rows(folder / f"{name}-{end}.jsonl", rows)
        for end, rows in (("before", before), ("after", after), ("probes", probes))
    ]
    result = audit("import", *files[:2], "--probes", files[2], "--out", folder / name, cwd=folder)
    assert result.returncode == 0, result.stderr
    assert audit("score", folder / name).returncode == 0
    assert audit("compare", folder / name).returncode in (0, 3, 4)
    shown = audit("report", folder / name)
    assert shown.returncode == 0, shown.stderr
    return folder / name


def count_of(page: Page) -> str:
    """Return how many probes the page says it shows."""
    return page.locator("#answer-count").inner_text()
