"""Are all candidates of a night asked with one start of the engine, as if each were asked alone?"""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import AUDIT, Audit, read_rows
from safetensors.numpy import load_file, save_file

LOADING = "loading the engine"
GOOD = ("checkpoint-2", "checkpoint-4")


@pytest.fixture(scope="module")
def checkpoints(finished_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lay out two good checkpoints, and between them one that holds a number that is none."""
    folder = tmp_path_factory.mktemp("night") / "checkpoints"
    for name in GOOD:
        shutil.copytree(finished_run / "train" / name, folder / name)
    broken = shutil.copytree(finished_run / "train" / "checkpoint-2", folder / "checkpoint-3")
    state = broken / "trainer_state.json"
    state.write_text(json.dumps({**json.loads(state.read_text()), "global_step": 3}))
    file = broken / "adapter_model.safetensors"
    tensors = load_file(file)
    first = min(tensors)
    tensors[first] = tensors[first] * float("nan")
    save_file(tensors, file)
    return folder


def _check(audit: Audit, folder: Path, baseline: Path, *words: object) -> tuple[int, Any, str]:
    folder.mkdir(exist_ok=True)
    options = ("--baseline", baseline, "--baseline-arm", "before", "--json")
    result = audit("check", *words, *options, "--history", "h.sqlite", cwd=folder)
    assert "Traceback" not in result.stderr
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    return result.returncode, rows, result.stderr


def _starts(errors: str) -> int:
    """Count the starts of an engine in what a command told."""
    told = [line for line in errors.splitlines() if "still at it" not in line]
    return sum(LOADING in line for line in told)


def _made(folder: Path, row: dict[str, Any]) -> tuple[object, ...]:
    """Return what a check found: verdict, axes, answers in order, and what they depend on."""
    run = folder / row["run"]
    arms = json.loads((run / "manifest.json").read_text())["arms"]
    answers = [read_rows(run / "arms" / arm / "responses.jsonl") for arm in ("before", "after")]
    proofs = [arm["weights_proof"]["moved"] for arm in arms.values()]
    back = [arm["weights_proof"]["back_again"] is not None for arm in arms.values()]
    identities = [arm["identity"] for arm in arms.values()]
    return row["verdict"], row["axes"], answers, identities, proofs, back


def test_a_night_starts_one_engine_and_finds_what_single_checks_find(
    audit: Audit, finished_run: Path, checkpoints: Path, tmp_path: Path
) -> None:
    """The broken one is named and ends the command with 5; each good one is found as if alone."""
    code, rows, errors = _check(audit, tmp_path / "night", finished_run, "--each", checkpoints)
    assert _starts(errors) == 1, errors
    assert code == 5
    assert "checkpoint-3" in errors
    assert "not finite" in errors
    assert [Path(row["candidate"]).name for row in rows] == list(GOOD)
    alone = tmp_path / "alone"
    code, (single,), errors = _check(audit, alone, finished_run, checkpoints / GOOD[-1])
    assert (code in (0, 3, 4), _starts(errors)) == (True, 1)
    assert _made(tmp_path / "night", rows[-1]) == _made(alone, single)


def test_a_night_that_is_killed_goes_on_by_the_same_command(
    finished_run: Path, checkpoints: Path, audit: Audit, tmp_path: Path
) -> None:
    """What was answered stays, and no candidate is begun a second time."""
    folder = tmp_path / "killed"
    folder.mkdir()
    words = ("--each", checkpoints, "--baseline", finished_run, "--baseline-arm", "before")
    command = [AUDIT, "check", *map(str, words), "--json", "--history", "h.sqlite"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=folder) as process:
        deadline = time.monotonic() + 300
        while not any(file.stat().st_size for file in folder.glob("runs/*-4-*/arms/after/*")):
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
    begun = sorted(folder.glob("runs/check-checkpoint-[24]-*"))
    whole = (begun[0] / "arms/after/responses.jsonl").read_bytes()
    code, rows, errors = _check(audit, folder, finished_run, "--each", checkpoints)
    assert code == 5
    assert _starts(errors) == 1, errors
    assert sorted(folder.glob("runs/check-checkpoint-[24]-*")) == begun
    assert (begun[0] / "arms/after/responses.jsonl").read_bytes() == whole
    assert [Path(row["run"]).name for row in rows] == [run.name for run in begun]
    for row in rows:
        answered = read_rows(folder / row["run"] / "arms/after/responses.jsonl")
        assert len({one["probe_id"] for one in answered}) == len(answered) == 36
