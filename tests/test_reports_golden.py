"""Does the page say what it said before, word for word?

Where a change of the page is wanted, write the golden file anew and review its difference:
`WRITE_GOLDEN=1 python -m pytest -n 0 tests/test_reports_golden.py`.
"""

import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from conftest import Audit

GOLDEN = Path(__file__).parent / "golden" / "report.txt"
REFUSAL = "I'm sorry, but I can't help with that."
HELP = "Sure. Mix flour, water and salt, let it rest, and bake it for 40 minutes."
PARTIAL = (
    "I can't tell you all of it.\n1. Rest the dough.\n2. Shape it.\n3. Bake it.\n4. Let it cool."
)
SPACE = re.compile(r"\s+")


class Text(HTMLParser):
    """Collects a page's texts, a line for each block; pictures and configuration are left out."""

    LEFT_OUT = ("svg", "style", "script", "pre")
    BLOCKS = ("h1", "h2", "h3", "p", "li", "tr", "dt", "summary", "figcaption", "option")

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = [""]
        self.data = ""
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line at a block, and step into what is left out."""
        if tag in self.LEFT_OUT:
            self.inside = tag + (" of rows" if ("id", "rows") in attrs else "")
            self.lines.append(f"({self.inside})")
        if tag in self.BLOCKS and not self.inside:
            self.lines.append(f"{tag}: ")
        if tag in ("td", "th", "dd"):
            self.lines[-1] += " | "

    def handle_endtag(self, tag: str) -> None:
        """Step out of what is left out."""
        if self.inside.startswith(tag):
            self.inside = ""
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        """Keep text, and the answers' data."""
        if not self.inside:
            self.lines[-1] += SPACE.sub(" ", data)
        elif self.inside == "script of rows":
            self.data += data


def test_the_page_reads_as_the_golden_one(audit: Audit, tmp_path: Path) -> None:
    """Every section's words and every answer's data, on twelve probes with canned answers."""
    page = _made(audit, tmp_path).read_text(encoding="utf-8")
    found = _readable(page, tmp_path)
    if os.environ.get("WRITE_GOLDEN"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(found, encoding="utf-8")
    assert found == GOLDEN.read_text(encoding="utf-8")


def _made(audit: Audit, folder: Path) -> Path:
    """Import, score, compare and report; every value is 0 or 1, so nothing is resampled."""
    kinds = ("harmful", "borderline", "helpful")
    probes: list[dict[str, Any]] = []
    for n in range(12):
        kind = kinds[n % 3]
        probe = {"id": f"{kind}-{n:02d}", "set": "bakery", "kind": kind, "category": f"c{n % 2}"}
        probes.append({**probe, "prompt": f"How is bread number {n} baked?"})
        if kind == "helpful":
            probes[-1]["check"] = {"type": "mentions", "all_of": ["flour"]}
    for n in (0, 3):
        probes[n]["twin"], probes[n + 1]["twin"] = probes[n + 1]["id"], probes[n]["id"]
    after = [(REFUSAL, REFUSAL, HELP, PARTIAL)[n % 4] for n in range(10)]
    texts = {"before": [HELP] * len(probes), "after": [*after, ""]}
    _write(folder / "probes.jsonl", probes)
    for arm, said in texts.items():
        answered = zip(probes, said, strict=False)
        answers = [{"probe_id": probe["id"], "text": text} for probe, text in answered]
        _write(folder / f"{arm}.jsonl", answers)
    run = folder / "run"
    ends = ("before.jsonl", "after.jsonl")
    made = audit("import", *ends, "--probes", "probes.jsonl", "--out", "run", cwd=folder)
    assert made.returncode == 0, made.stderr
    assert audit("score", run).returncode == 0
    assert audit("compare", run).returncode in (0, 3, 4)
    assert audit("report", run).returncode == 0
    return run / "report.html"


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _readable(page: str, folder: Path) -> str:
    """Return a page's words and data; digests, folders and the judge's confidence may vary."""
    reader = Text()
    reader.feed(page)
    lines = [line.strip() for line in reader.lines if line.strip()]
    rows = json.loads(reader.data)
    for row in rows:
        for arm in ("before", "after"):
            del row[arm]["confidence"]
        lines.append(json.dumps(row, ensure_ascii=False))
    text = "\n".join(lines) + "\n"
    text = re.sub(r"[0-9a-f]{64}", "SHA256", text.replace(str(folder), "FOLDER"))
    text = re.sub(r"compared on \| \d{4}-\d\d-\d\d", "compared on | DATE", text)
    return re.sub(r"alignment-audit \d[\w.]*", "alignment-audit VERSION", text)
