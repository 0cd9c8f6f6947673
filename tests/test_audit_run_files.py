"""Does docs/run-directory.md name every file that a run holds, and every field in it?"""

import re
import shutil
from pathlib import Path

from conftest import Audit
from made_documents import DOCS, load_generate

load_generate()
import run_files  # noqa: E402 - lies beside docs/generate.py

CAPITALS = re.compile(r"[A-Z]+")


def _is_named(file: str, places: dict[str, str]) -> bool:
    """Say whether a place, or a folder among them, is the file's; capitals stand for any name."""
    patterns = [CAPITALS.sub("[^/]+", re.escape(place)).rstrip("/") for place in places]
    return any(re.fullmatch(f"{pattern}(/.*)?", file) for pattern in patterns)


def test_every_file_of_a_run_is_named(audit: Audit, scored_run: Path, tmp_path: Path) -> None:
    """Importing, scoring, drawing, comparing and reporting write no file without a word."""
    run = Path(shutil.copytree(scored_run, tmp_path / "run"))
    assert audit("annotate", run, "--n", 10).returncode == 0
    assert audit("compare", run).returncode in (0, 3, 4)
    assert audit("compare", run, "--judge", "rules").returncode in (0, 3, 4)
    assert audit("report", run).returncode == 0
    places = {place: text for place, text in run_files.places().items() if place != "train"}
    files = [str(file.relative_to(run)) for file in run.rglob("*") if file.is_file()]
    assert "comparison.json" in files
    assert [file for file in files if not _is_named(file, places)] == []


def test_every_file_of_a_training_is_named(finished_run: Path) -> None:
    """The real command, from training to the page, writes no file without a word."""
    files = [str(f.relative_to(finished_run)) for f in finished_run.rglob("*") if f.is_file()]
    assert [file for file in files if not _is_named(file, run_files.places())] == []


def test_an_unknown_file_would_be_found() -> None:
    """A file that no document names is not taken for one of another name."""
    places = run_files.places()
    assert _is_named("arms/after/verdicts.rules.jsonl", places)
    assert not _is_named("arms/after/doubts.jsonl", places)
    assert not _is_named("verdict.json", places)


def test_every_field_has_a_word() -> None:
    """Each table's rows have all their cells, and every file has its text."""
    text = (DOCS / "run-directory.md").read_text(encoding="utf-8")
    assert re.findall(r"^\|.*\|\s*\|$", text, re.MULTILINE) == []
    assert [place for place, meaning in run_files.places().items() if not meaning] == []
    assert text.count("| field |") >= len(run_files.RECORDS)
