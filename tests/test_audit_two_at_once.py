"""What if two commands begin at once, or one is killed? Rows are there once, and no run mixed."""

import multiprocessing
import os
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import AUDIT, write_rows
from fault_material import make_material

from audit.commands.main import main
from audit.files.lines import read_json
from audit.run.history import Baseline, History
from audit.run.naming import run_folder

WRITERS = 6
KILLS = 25


def _bless(path: Path, number: int, begin: float) -> None:
    time.sleep(max(0.0, begin - time.time()))
    History(path).bless(Baseline(f"b{number}", "run", "after", "0", "why", "now"))


def test_first_writers_of_a_history_lose_no_row(tmp_path: Path) -> None:
    """However many write into a file that is not there yet."""
    history = tmp_path / "h.sqlite"
    spawn = multiprocessing.get_context("spawn")
    begin = time.time() + 3
    writers = [spawn.Process(target=_bless, args=(history, n, begin)) for n in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0] * WRITERS
    assert {row.name for row in History(history).baselines()} == {f"b{n}" for n in range(WRITERS)}


def test_a_history_that_was_killed_while_it_was_made_is_usable(tmp_path: Path) -> None:
    """At whatever moment: the next command finds all of it, or makes it."""
    for number in range(KILLS):
        history = tmp_path / f"{number}.sqlite"
        child = os.fork()
        if child == 0:
            _bless(history, 0, 0.0)
            os._exit(0)
        time.sleep(number * 0.0008)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        History(history).bless(Baseline("mine", "run", "after", "0", "why", "now"))
        assert [row.name for row in History(history).baselines()][-1] == "mine"


@pytest.mark.parametrize("attempt", range(3))
def test_of_two_starts_in_one_folder_one_is_refused(tmp_path: Path, attempt: int) -> None:
    """The run that comes of it is all of one of them."""
    del attempt
    processes = []
    for name in ("one", "two"):
        probe = {"id": name, "set": "s", "kind": "harmful", "category": "c", "prompt": "Q?"}
        probes = write_rows(tmp_path / f"{name}-probes.jsonl", [probe])
        answers = write_rows(tmp_path / f"{name}.jsonl", [{"probe_id": name, "text": name}])
        words = [AUDIT, "import", answers, answers, "--probes", probes, "--out", tmp_path / "run"]
        processes.append(subprocess.Popen(list(map(str, words)), stderr=subprocess.PIPE))
    codes = {
        name: process.wait(60) for name, process in zip(("one", "two"), processes, strict=True)
    }
    for process in processes:
        process.communicate()
    assert sorted(codes.values()) == [0, 2]
    (winner,) = [name for name, code in codes.items() if code == 0]
    for file in ("probes.jsonl", "arms/before/responses.jsonl", "arms/after/responses.jsonl"):
        assert winner in (tmp_path / "run" / file).read_text()
    assert winner in (tmp_path / "run" / "config.yaml").read_text()


def test_two_runs_of_one_second_have_a_folder_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And one in which nothing came to lie is gone again."""
    monkeypatch.chdir(tmp_path)
    with run_folder(None, "c") as first, run_folder(None, "c") as second:
        assert first != second
        (second / "kept").touch()
    assert [folder.name for folder in (tmp_path / "runs").iterdir()] == [second.name]


def test_a_killed_check_is_resumed_by_the_same_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its folder is taken up, and the history has it once; a finished one is begun anew."""
    monkeypatch.chdir(make_material(tmp_path / "m"))
    words = ["check", "other", "--baseline", "run", "--gate", "gate.yaml", "--history", "n.sqlite"]
    assert CliRunner().invoke(main, [*words, "--resume"]).exit_code == 2
    checked = CliRunner().invoke(main, words)
    assert checked.exit_code in (0, 3, 4), checked.output
    (folder,) = Path("runs").iterdir()
    with closing(sqlite3.connect("n.sqlite")) as opened, opened:
        opened.execute("delete from checks")
    (folder / "comparison.json").unlink()
    again = CliRunner().invoke(main, [*words, "--resume"])
    assert again.exit_code == checked.exit_code, again.output
    assert f"going on with the check in {folder}" in again.stderr
    assert list(Path("runs").iterdir()) == [folder]
    assert read_json(folder / "comparison.json", "")["version"] == 1
    assert CliRunner().invoke(main, words).exit_code == checked.exit_code
    assert len(list(Path("runs").iterdir())) == 2
    assert len(History(Path("n.sqlite")).checks()) == 2
