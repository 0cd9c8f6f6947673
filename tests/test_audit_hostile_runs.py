"""Is a run that somebody sent as harmless as one of your own? Nothing leads out, nothing lies."""

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fault_material import make_material

from audit.commands.main import main
from audit.files.lines import read_json

DEEP = "[" * 100_000
BROKEN = ("null\n", "[]\n", '{"version": 99}\n', '{"version": 2, "arms"', DEEP, "NaN\n")
OWN_JSON = (
    ("compare", "manifest.json"),
    ("report", "comparison.json"),
    ("report", "arms.json"),
    ("report", "pairwise.chat.json"),
    ("report", "train/contamination.json"),
    ("report", "train/metrics.jsonl"),
)
OWN_ROWS = (
    ("score", "arms/after/responses.jsonl"),
    ("compare", "arms/after/verdicts.rules.jsonl"),
    ("compare", "annotation/labels.jsonl"),
    ("compare", "annotation/batch-1/sample.jsonl"),
    ("score", "probes.jsonl"),
)
WRITTEN = (
    ("score", "arms/after/verdicts.rules.jsonl"),
    ("score", "arms/after"),
    ("compare", "comparison.json"),
    ("compare", "summary.md"),
    ("report", "report.html"),
    ("report", "report.html.partial"),
    ("report", "export"),
    ("annotate", "annotation/labels.jsonl"),
    ("annotate", "annotation"),
    ("compare", ".run.lock"),
)


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a compared, labelled and reported run with all that stands around it."""
    return make_material(tmp_path_factory.mktemp("material") / "m")


@pytest.fixture
def run(material: Path, tmp_path: Path) -> Path:
    """Copy the run."""
    return Path(shutil.copytree(material / "run", tmp_path / "run"))


def _refused(*words: object) -> str:
    """Return the words of a command that refuses what it was given, at its place."""
    result: Result = CliRunner().invoke(main, [str(word) for word in words])
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 2, result.output
    return result.stderr


@pytest.mark.parametrize("text", BROKEN, ids=range(len(BROKEN)))
@pytest.mark.parametrize(("command", "name"), OWN_JSON)
def test_a_damaged_file_is_named(run: Path, command: str, name: str, text: str) -> None:
    """A file of the run that is null, a list, deep, torn or of another version is one error."""
    path = run / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    assert f"error: {path}" in _refused(command, run)


@pytest.mark.parametrize("text", ["null\n", "[]\n", DEEP + "\n", '{"probe_id": 3}\n'])
@pytest.mark.parametrize(("command", "name"), OWN_ROWS)
def test_a_damaged_row_is_named(run: Path, command: str, name: str, text: str) -> None:
    """So is a line of its data, or the file whose digest the manifest holds."""
    (run / name).write_text(text)
    assert f"error: {run / name}" in _refused(command, run)


@pytest.mark.parametrize(("command", "name"), WRITTEN)
def test_no_link_leads_out(run: Path, tmp_path: Path, command: str, name: str) -> None:
    """What a command would write, or read, through a link that leads out is left alone."""
    path, outside = run / name, tmp_path / "outside"
    if path.is_dir():
        shutil.move(path, outside)
    else:
        outside.write_text("precious")
        path.unlink(missing_ok=True)
    path.symlink_to(outside)
    before = _contents(outside)
    assert f"error: {path}: is a link that leads out of the run" in _refused(command, run)
    assert _contents(outside) == before


def _contents(place: Path) -> dict[str, bytes]:
    files = [place] if place.is_file() else [file for file in place.rglob("*") if file.is_file()]
    return {str(file): file.read_bytes() for file in files}


def test_a_link_to_nowhere_and_a_pipe(run: Path) -> None:
    """A link to what is not there yet would make it, and a pipe would wait for ever."""
    (run / "notes").symlink_to(run.parent / "new")
    os.mkfifo(run / "pipe")
    said = _refused("report", run)
    assert "notes: is a link that leads out" in said
    assert "pipe: is neither a file nor a folder" in said


def test_links_inside_and_to_the_run_are_followed(run: Path) -> None:
    """A run may be reached by a link, and hold links to its own files."""
    (run / "best").symlink_to("comparison.json")
    by_link = run.with_name("latest")
    by_link.symlink_to(run)
    assert CliRunner().invoke(main, ["report", str(by_link)]).exit_code == 0


def _set(path: Path, change: Callable[[dict[str, object]], None]) -> None:
    held = read_json(path, "")
    change(held)
    path.write_text(json.dumps(held))


def test_names_lead_nowhere(run: Path, tmp_path: Path) -> None:
    """Arms, judges and batches that files name are parts of a file's name and nothing else."""
    shutil.copytree(run / "arms" / "after", tmp_path / "after")
    _set(run / "comparison.json", lambda held: held.update(after="../../after"))
    assert "no name of an arm" in _refused("report", run)


def test_adapters_that_a_manifest_names_stay_inside(material: Path, tmp_path: Path) -> None:
    """A folder that is named from the run's on lies in the run."""
    trained = Path(shutil.copytree(material / "trained", tmp_path / "trained"))

    def lead_out(held: dict[str, object]) -> None:
        arm = held["arms"]["after"]  # type: ignore[index]
        arm["source"] |= {"kind": "adapter", "folder": "../../adapter", "sha256": None}

    _set(trained / "manifest.json", lead_out)
    said = _refused("bless", trained, "--reason", "r", "--history", tmp_path / "h.sqlite")
    assert "leads out of the run" in said


def test_damaged_nights_are_named(material: Path, tmp_path: Path) -> None:
    """A row of the history that holds what was never written is one error."""
    history = Path(shutil.copy(material / "history.sqlite", tmp_path))
    for column, value in (("axes", "[]"), ("verdict", "fine"), ("gate", "3"), ("changes", "{")):
        with closing(sqlite3.connect(history)) as opened, opened:
            before = opened.execute(f"select {column} from checks").fetchone()  # noqa: S608
            opened.execute(f"update checks set {column} = ?", (value,))  # noqa: S608
        assert f"error: {history}" in _refused("history", "--history", history)
        with closing(sqlite3.connect(history)) as opened, opened:
            opened.execute(f"update checks set {column} = ?", before)  # noqa: S608
