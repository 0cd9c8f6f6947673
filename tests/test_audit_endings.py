"""Does a command that is stopped from outside say how it goes on, and leave nothing running?"""

import os
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner
from conftest import AUDIT

from audit.commands.main import main


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_stopped_run_says_how_it_goes_on(
    tiny_config: Path, tmp_path: Path, number: signal.Signals
) -> None:
    """The exit code names the signal, the whole command is said, and no child goes on."""
    run = tmp_path / "run"
    command = [AUDIT, "train-and-compare", str(tiny_config), "--out", str(run)]
    with subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        start_new_session=True,
    ) as process:
        children = _children(process)
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert f"go on with: audit train-and-compare {tiny_config} --out {run} --resume" in said
    assert "Traceback" not in said
    gone, alive = psutil.wait_procs(children, timeout=20)
    assert (len(gone), alive) == (len(children), [])


def _children(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Return the stage program once it has been started."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if found := psutil.Process(process.pid).children():
            return found
        time.sleep(0.2)
    raise AssertionError("no stage was started")


def test_resume_without_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing was begun from a configuration, --resume says so."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.yaml").write_text("model: {path: x}\npreferences: {path: demo}\n")
    result = CliRunner().invoke(main, ["train-and-compare", "c.yaml", "--resume"])
    assert result.exit_code == 2
    assert "no unfinished run of c" in result.stderr
