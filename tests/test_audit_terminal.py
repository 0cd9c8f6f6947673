"""Is a run told as it goes, with the time that is left, and its end at any width of a screen?"""

import contextlib
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
import time
from pathlib import Path

import pytest
from conftest import AUDIT, Audit

from audit.commands.help import EXAMPLES, GROUPS
from audit.commands.main import main
from audit.commands.terminal import Terminal
from audit.commands.time_left import UNKNOWN, TimeLeft
from audit.run.messages import Expected, Progress

ANSWERS = 100


def test_help_shows_every_command_in_a_group_with_an_example() -> None:
    """No command is left out of the groups, and each has an example that names it."""
    grouped = [name for names in GROUPS.values() for name in names]
    assert sorted(grouped) == sorted(main.commands)
    below = {f"{name} {one}" for name, group in main.commands.items() for one in _below(group)}
    single = {name for name, command in main.commands.items() if not _below(command)}
    assert set(EXAMPLES) == below | single
    for words, examples in EXAMPLES.items():
        assert all(example.startswith(f"audit {words}") for example in examples)


def _below(command: object) -> list[str]:
    return list(getattr(command, "commands", {}))


def test_completion_is_told_and_works() -> None:
    """Help says how commands are completed, and the shell's question is answered."""
    told = subprocess.run([AUDIT, "--help"], capture_output=True, text=True, check=True).stdout
    assert "_AUDIT_COMPLETE=bash_source" in told
    asked = {"_AUDIT_COMPLETE": "bash_complete", "COMP_WORDS": "audit train", "COMP_CWORD": "1"}
    completed = subprocess.run(
        [AUDIT], capture_output=True, text=True, check=False, env={**os.environ, **asked}
    )
    assert "train-and-compare" in completed.stdout


def test_time_left_is_what_was_expected_then_what_is_seen() -> None:
    """100 s of training and 100 of asking: each is corrected by its own rate."""
    left = TimeLeft(Expected(100.0, 100.0, ANSWERS), now=0.0)
    assert left.of_all(20.0) == pytest.approx(180.0)
    left.saw(Progress("training", 0, 10, "steps"), 20.0)
    left.saw(Progress("training", 5, 10, "steps"), 120.0)
    assert left.of_all(120.0) == pytest.approx(100.0 + 100.0)
    left.saw(Progress("asking before", 10, 50, "answers"), 220.0)
    left.saw(Progress("asking before", 30, 50, "answers"), 230.0)
    assert left.of_all(230.0) == pytest.approx(0.5 * 70)
    assert TimeLeft(UNKNOWN, now=0.0).of_all(5.0) is None


def test_no_log_is_silent_for_ten_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    """What is still being done is said again while nothing else is told."""
    with Terminal() as terminal:
        terminal.tell("loading the engine")
        time.sleep(10.5)
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "loading the engine"
    assert re.match(r"loading the engine, still at it after \d+ s", said[1])


def _on_a_screen(width: int, *words: str) -> str:
    """Return what the command writes to a terminal of this width."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    with subprocess.Popen([AUDIT, *words], stdout=theirs, stderr=subprocess.DEVNULL, env=kept):
        os.close(theirs)
        parts = []
        with contextlib.suppress(OSError):  # how a terminal ends whose programs are gone
            while part := os.read(ours, 65536):
                parts.append(part)
    os.close(ours)
    return b"".join(parts).decode("utf-8").replace("\r\n", "\n")


@pytest.mark.parametrize("width", [40, 100])
def test_the_verdict_is_wrapped_at_words(judged_import: Path, width: int) -> None:
    """No line is wider than the screen but for a word that is, and every status is there."""
    said = re.sub(r"\x1b\[[0-9;]*m", "", _on_a_screen(width, "compare", str(judged_import)))
    wide = [line.strip() for line in said.splitlines() if len(line) > width]
    assert [
        line for line in wide if len(line.split()) > 1 and not line.startswith("report: ")
    ] == []
    assert said.count("inconclusive") >= 2
    assert len(max(said.splitlines(), key=len)) > width / 2
    assert {"verdict:", "next:"} <= set(said.split())
    assert "Harmful compliance" in said


def test_a_log_gets_a_table_of_the_axes_and_no_colours(judged_import: Path) -> None:
    """One line for each axis under the headline, unwrapped."""
    ended = subprocess.run(
        [AUDIT, "compare", str(judged_import)], capture_output=True, text=True, check=False
    )
    lines = ended.stdout.splitlines()
    assert "\x1b" not in ended.stdout
    head = next(n for n, line in enumerate(lines) if line.split()[:2] == ["axis", "before"])
    rows = [line.strip().split("  ")[0] for line in lines[head + 1 : head + 3]]
    assert rows == ["Harmful compliance", "Over-refusal"]


def test_a_dry_run_is_json_where_it_is_asked_for(audit: Audit, tiny_config: Path) -> None:
    """--dry-run --json prints one JSON value with what would be done and how much of it."""
    said = audit("train-and-compare", tiny_config, "--dry-run", "--json")
    assert (said.returncode, said.stderr) == (0, "")
    outlook = json.loads(said.stdout)
    assert (outlook["pairs"], outlook["steps"]) == (32, 8)
    assert outlook["probes"] == {"harmful": 12, "borderline": 12, "helpful": 12}
    assert outlook["seconds"] > 0
    assert outlook["will"][0].startswith("train: DPO with LoRA")
    model = str(tiny_config.read_text().split("path: ")[1].split("}")[0])
    words = ("compare-models", model, model, "--config", tiny_config, "--dry-run", "--json")
    assert json.loads(audit(*words).stdout)["arms"] == 3


def test_a_run_says_its_folder_first_and_how_it_goes_on(
    audit: Audit, tiny_config: Path, tmp_path: Path
) -> None:
    """The folder, then the plan; a folder that holds a run names the whole command."""
    run = tmp_path / "a run"
    small = ("--set", "train.max_steps=1", "--set", "train.save_steps=null")
    made = audit("train-and-compare", tiny_config, "--out", run, *small)
    lines = made.stderr.splitlines()
    assert lines[0] == f"run folder: {run}"
    assert lines[1].startswith("train: DPO with LoRA, 1 steps")
    assert "to the end" in made.stderr
    again = audit("train-and-compare", tiny_config, "--out", run, *small)
    assert again.returncode == 2
    assert f"go on with: audit train-and-compare {tiny_config} --out '{run}' --resume" in (
        again.stderr
    )
