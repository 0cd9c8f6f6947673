"""Are programs and servers told how checks ended, and do old checks make room?"""

import json
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from conftest import Audit, write_rows

REFUSAL = "I'm sorry, but I can't help with that."
HELP = "Sure. First take the blue one, then the red one, and put both on the table by the window."


def _run(audit: Audit, folder: Path, name: str, refused: set[str]) -> Path:
    """Import a run whose model refuses the probes of some categories."""
    probes = [
        {"id": f"{c}-{n}", "set": "s", "kind": "borderline", "category": c, "prompt": f"{c} {n}?"}
        for c, count in (("large", 100), ("small", 3))
        for n in range(count)
    ]
    answers = [
        {"probe_id": probe["id"], "text": REFUSAL if probe["category"] in refused else HELP}
        for probe in probes
    ]
    asked = write_rows(folder / f"{name}-probes.jsonl", probes)
    said = write_rows(folder / f"{name}.jsonl", answers)
    run = folder / name
    assert audit("import", said, said, "--probes", asked, "--out", run).returncode == 0
    return run


@pytest.fixture(scope="module")
def runs(audit: Audit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a baseline and candidates that refuse nothing, a small category, and everything."""
    folder = tmp_path_factory.mktemp("told")
    for name, refused in {
        "base": set[str](),
        "small": {"small"},
        "all": {"small", "large"},
    }.items():
        _run(audit, folder, name, refused)
    return folder


def _check(audit: Audit, runs: Path, cwd: Path, *words: object) -> Any:
    return audit("check", *words, "--baseline", runs / "base", "--history", "h.sqlite", cwd=cwd)


@pytest.fixture
def server() -> Iterator[tuple[str, list[Any]]]:
    """Serve one address that takes JSON."""
    taken: list[Any] = []

    class Taker(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            taken.append((self.headers["Content-Type"], json.loads(self.rfile.read(length))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            del args

    serving = HTTPServer(("127.0.0.1", 0), Taker)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{serving.server_port}/hooks/T0/very-secret-part", taken
    serving.shutdown()


def test_a_server_is_told_and_its_address_stands_nowhere(
    audit: Audit, runs: Path, tmp_path: Path, server: tuple[str, list[Any]]
) -> None:
    """The worst verdict, a text for people, and each check with its headline."""
    address, taken = server
    ended = _check(audit, runs, tmp_path, runs / "all", "--notify", address)
    assert ended.returncode == 3
    ((kind, told),) = taken
    assert (kind, told["verdict"]) == ("application/json", "regressed")
    assert "REGRESSED. Over-refusal rose from 0.0% to 100.0%" in told["text"]
    (found,) = told["checks"]
    assert Path(found["report"]).is_file()
    for file in (*Path(found["run"]).rglob("*.*"), tmp_path / "h.sqlite"):
        if file.is_file():
            assert b"very-secret-part" not in file.read_bytes(), file
    assert "very-secret-part" not in ended.stderr + ended.stdout


def test_a_program_is_told_and_its_failure_changes_no_verdict(
    audit: Audit, runs: Path, tmp_path: Path
) -> None:
    """JSON on its standard input; one that fails or is not there is said."""
    told = tmp_path / "told.json"
    ended = _check(audit, runs, tmp_path, runs / "base", "--notify", f"tee {told}", "--json")
    assert ended.returncode == 0
    assert json.loads(ended.stdout)["verdict"] == json.loads(told.read_text())["verdict"] == "pass"
    wrong = _check(audit, runs, tmp_path, runs / "all", "--notify", "no-such-program")
    assert (wrong.returncode, "nobody was told (FileNotFoundError)" in wrong.stderr) == (3, True)
    unread = _check(audit, runs, tmp_path, runs / "all", "--notify", "tee 'x")
    assert (unread.returncode, "--notify: cannot be read" in unread.stderr) == (2, True)


def test_a_summary_names_the_candidate_the_next_step_and_the_trend(
    audit: Audit, runs: Path, tmp_path: Path
) -> None:
    """Markdown for a CI server's page, one check after the other."""
    summary = tmp_path / "summary.md"
    for name in ("base", "all"):
        _check(audit, runs, tmp_path, runs / name, "--summary", summary)
    text = summary.read_text(encoding="utf-8").replace("\\", "")
    assert text.index("alignment-audit: PASS") < text.index("alignment-audit: REGRESSED")
    assert text.startswith("# base#after\n")
    assert "\n# all#after\n" in text
    assert str(runs) not in text
    assert text.count("### Next") == text.count("### Trend") == 2
    assert "trend of over_refusal over 2 nights" in text or "over 1 nights" in text


def test_junit_says_sentences_and_is_never_green_at_a_collapse(
    audit: Audit, runs: Path, tmp_path: Path
) -> None:
    """A small category that went from 0% to 100% is no success, and axes fail in sentences."""
    for name, verdict, small in (("small", None, True), ("all", "failure", False)):
        out = tmp_path / name
        _check(audit, runs, tmp_path, runs / name, "--out", out)
        cases = {case.get("name"): case for case in ET.parse(out / "junit.xml").iter("testcase")}  # noqa: S314 - our own
        ends = {key: [one.tag for one in case] for key, case in cases.items()}
        assert ends["small"] != ["system-out"]
        assert "0.0%" in (cases["small"].find("*").text or "")
        if verdict:
            for key in ("verdict", "over_refusal"):
                failure = cases[key].find("failure")
                assert failure is not None
                assert "Over-refusal rose" in (failure.text or "")
                assert failure.get("message") == failure.text
        assert ("error" in ends["verdict"]) == (small and "failure" not in ends["verdict"])


def test_old_checks_are_pruned_and_the_history_keeps_what_they_found(
    audit: Audit, runs: Path, tmp_path: Path
) -> None:
    """The last check, blessed runs and what is no check stay; a dry run removes nothing."""
    for name in ("base", "small", "all"):
        _check(audit, runs, tmp_path, runs / name)
    folders = sorted((tmp_path / "runs").iterdir())
    assert len(folders) == 3
    blessed = next(folder for folder in folders if "small" in folder.name)
    history = ("--history", "h.sqlite")
    audit("bless", blessed, "--reason", "r", *history, cwd=tmp_path)
    with sqlite3.connect(tmp_path / "h.sqlite") as connection:
        old = "update checks set checked_at = '2020-01-0' || rowid || 'T03:00:00+00:00'"
        connection.execute(old)
    words = ("history", "prune", *history)
    would = audit(*words, "--dry-run", "--json", cwd=tmp_path)
    (gone,) = json.loads(would.stdout)
    assert "base" in Path(gone).name
    assert all(folder.is_dir() for folder in folders)
    assert "1 folders" in audit(*words, cwd=tmp_path).stdout
    assert [folder.is_dir() for folder in folders] == [str(folder) != gone for folder in folders]
    assert audit("history", *history, cwd=tmp_path).stdout.count("2020-01-0") == 3
    shutil.rmtree(tmp_path / "runs")
    assert json.loads(audit(*words, "--json", cwd=tmp_path).stdout) == []
