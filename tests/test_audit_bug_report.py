"""Does a bug report say what mends the bug, and nothing that is the reporter's own?"""

import shutil
import socket
from pathlib import Path

import pytest
from conftest import Audit

from audit.jobs.bug_report import without_private


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("loading /home/ada/models/mine/config.json", "loading …/config.json"),
        ("'/srv/secret place'", "'…/secret place'"),
        ("at C:\\Users\\ada\\run\\log.txt:3", "at …/log.txt:3"),
        ("see ~/papers/notes.md", "see …/notes.md"),
        ("GET https://user:pw12@host/v1/x", "GET https://"),
        ("token hf_abcdefgh12345", "token "),
        ("a rate of 3/4 and 1/2", "a rate of 3/4 and 1/2"),
        ("\x1b[31mred\x1b[0m", "\\u001b[31mred"),
    ],
)
def test_lines_lose_folders_and_secrets(line: str, shown: str) -> None:
    """The last part of a path stays, since it tells which file."""
    kept = without_private(line)
    assert kept.startswith(shown)
    for private in ("ada", "pw12", "hf_abcdefgh", "\x1b"):
        assert private not in kept


def test_a_key_in_the_environment_is_taken_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it looks like."""
    monkeypatch.setenv("MY_API_KEY", "correct-horse-battery")
    assert without_private("sent correct-horse-battery") == "sent ***"


def test_a_report_names_the_run_and_no_folder(
    audit: Audit, judged_import: Path, tmp_path: Path
) -> None:
    """Stages, arms and the ends of logs; a broken manifest is what the report is for."""
    run = Path(shutil.copytree(judged_import, tmp_path / "run"))
    (run / "logs").mkdir(exist_ok=True)
    (run / "logs" / "train.log").write_text(f"in {tmp_path}/x/y.py\n```\n# a heading\n")
    said = audit("doctor", "--report", "--run", run).stdout
    assert "made by import" in said
    assert "after (imported), asked: True" in said
    assert "in …/y.py" in said
    assert said.count("```") % 2 == 0
    assert "'''" in said
    for private in (str(tmp_path), str(Path.home()), socket.gethostname()):
        assert private not in said
    (run / "manifest.json").write_text("{")
    broken = audit("doctor", "--report", "--run", run)
    assert broken.returncode == 0
    assert "manifest.json" in broken.stdout
