"""Does one command train, ask, judge and report, and does a kill at any point lose nothing?"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import AUDIT, Audit, read_rows

ARMS = {"before", "before-again", "after", "step-0002", "step-0004", "step-0006"}
STEPS = list(range(1, 9))


def test_the_run_directory_holds_what_the_contract_names(finished_run: Path) -> None:
    """Every file of the contract is there."""
    files = ["config.yaml", "manifest.json", "probes.jsonl", "comparison.json", "arms.json"]
    files += ["summary.md", "junit.xml", "report.html", "train/metrics.jsonl"]
    files += ["train/adapter/adapter_model.safetensors"]
    assert [name for name in files if not (finished_run / name).is_file()] == []
    assert {folder.name for folder in (finished_run / "arms").iterdir()} == ARMS
    for arm in ARMS:
        assert len(read_rows(finished_run / "arms" / arm / "responses.jsonl")) == 36
        assert len(read_rows(finished_run / "arms" / arm / "verdicts.rules.jsonl")) == 36


def test_training_logged_each_step_once(finished_run: Path) -> None:
    """metrics.jsonl has loss, accuracies and margins for each step, and evaluation losses."""
    rows = read_rows(finished_run / "train" / "metrics.jsonl")
    trained = [row for row in rows if "loss" in row]
    assert [row["step"] for row in trained] == STEPS
    assert all({"rewards/accuracies", "rewards/margins"} <= set(row) for row in trained)
    assert [row["step"] for row in rows if "eval_loss" in row] == [4, 8]


def test_the_adapter_was_really_applied(finished_run: Path) -> None:
    """After answers differently from before, from other weights, through the same engine."""
    before, after = (
        {row["probe_id"]: row["text"] for row in read_rows(_responses(finished_run, arm))}
        for arm in ("before", "after")
    )
    assert sum(before[probe] != after[probe] for probe in before) > 18
    arms = json.loads((finished_run / "manifest.json").read_text())["arms"]
    first, last = arms["before"]["identity"], arms["after"]["identity"]
    assert {key for key in first if first[key] != last[key]} == {"adapter_sha256"}
    assert first["engine"] == "vllm"
    assert arms["after"]["relative_weight_change"] > 0


def test_every_arm_was_proven_to_answer_with_its_weights(finished_run: Path) -> None:
    """The proof stands in the manifest and on the page; the first arm was taken on once more."""
    arms = json.loads((finished_run / "manifest.json").read_text())["arms"]
    for arm in arms.values():
        proof = arm["weights_proof"]
        assert proof["largest_difference"] < proof["tolerance"]
        assert proof["tokens"] > 10
    assert arms["before"]["weights_proof"]["back_again"] < 1e-4
    assert arms["after"]["weights_proof"]["moved"] > 0.1
    page = (finished_run / "report.html").read_text(encoding="utf-8")
    assert page.count("answered with the weights it claims") == 2


def test_the_comparison_has_the_contract_fields(finished_run: Path) -> None:
    """comparison.json carries every field that other programs rely on."""
    comparison = json.loads((finished_run / "comparison.json").read_text())
    fields = {"before", "after", "axes", "flips", "verdict", "reasons", "resolution", "judge"}
    assert fields <= set(comparison)
    assert set(comparison["axes"]) == {"harmful_compliance", "over_refusal", "helpfulness"}
    for axis in comparison["axes"].values():
        assert {"rate", "low", "high", "n", "unscored"} <= set(axis["before"])
        assert {"estimate", "low", "high", "p_value", "method"} == set(axis["difference"])
        assert axis["status"] in ("pass", "regressed", "inconclusive")
    assert comparison["axes"]["over_refusal"]["before"]["n"] == 24


def test_the_exit_code_is_the_verdict(audit: Audit, finished_run: Path) -> None:
    """`compare --json` prints comparison.json alone, and exits 0, 3 or 4 by its verdict."""
    result = audit("compare", finished_run, "--json")
    comparison = json.loads(result.stdout)
    assert comparison == json.loads((finished_run / "comparison.json").read_text())
    codes = {"pass": 0, "regressed": 3, "inconclusive": 4}
    assert result.returncode == codes[comparison["verdict"]]


def test_a_finished_run_is_not_done_again(
    audit: Audit, tiny_config: Path, finished_run: Path
) -> None:
    """--resume on a finished run trains and asks nothing."""
    adapter = finished_run / "train" / "adapter" / "adapter_model.safetensors"
    before = adapter.stat().st_mtime_ns
    answers = _responses(finished_run, "after").read_bytes()
    result = audit("train-and-compare", tiny_config, "--out", finished_run, "--resume")
    assert result.returncode in (0, 3, 4), result.stderr
    assert adapter.stat().st_mtime_ns == before
    assert _responses(finished_run, "after").read_bytes() == answers


def test_the_same_run_gives_the_same_page(audit: Audit, finished_run: Path) -> None:
    """Two reports of one run are the same bytes."""
    page = (finished_run / "report.html").read_bytes()
    assert audit("report", finished_run).returncode == 0
    assert (finished_run / "report.html").read_bytes() == page


def test_a_users_own_train_py_is_not_run(audit: Audit, finished_run: Path, tmp_path: Path) -> None:
    """A train.py in the working directory does not take the place of the stage program."""
    (tmp_path / "train.py").write_text("raise SystemExit('shadowed')")
    (tmp_path / "probes.py").write_text("raise SystemExit('shadowed')")
    result = audit("generate", finished_run, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    arms = json.loads((finished_run / "manifest.json").read_text())["arms"]
    assert {entry["sessions"] for entry in arms.values()} == {1}, "nothing was left to ask"


@pytest.mark.parametrize(
    ("moment", "reached"),
    [
        ("before the first checkpoint", lambda run: _lines(run / "train/metrics.jsonl") >= 1),
        ("between checkpoints", lambda run: _lines(run / "train/metrics.jsonl") >= 6),
        ("while before answers", lambda run: _lines(_responses(run, "before")) >= 5),
        ("while a checkpoint answers", lambda run: _lines(_responses(run, "step-0002")) >= 5),
    ],
)
def test_a_killed_run_resumes(
    audit: Audit,
    tiny_config: Path,
    finished_run: Path,
    tmp_path: Path,
    moment: str,
    reached: Callable[[Path], bool],
) -> None:
    """A run killed with SIGKILL continues: every step and answer is there once, as undisturbed."""
    run = tmp_path / "killed"
    _kill_when(tiny_config, run, reached)
    result = audit("train-and-compare", tiny_config, "--out", run, "--resume")
    assert result.returncode in (0, 3, 4), f"killed {moment}: {result.stderr}"
    trained = [row["step"] for row in read_rows(run / "train/metrics.jsonl") if "loss" in row]
    assert trained == STEPS
    for arm in ARMS:
        asked = [row["probe_id"] for row in read_rows(_responses(run, arm))]
        expected = [row["probe_id"] for row in read_rows(_responses(finished_run, arm))]
        assert sorted(asked) == sorted(expected)
    assert _losses(run) == pytest.approx(_losses(finished_run), rel=1e-3)


def _kill_when(config: Path, run: Path, reached: Callable[[Path], bool]) -> None:
    """Start a run, and kill it with SIGKILL as soon as the condition holds."""
    command = [AUDIT, "train-and-compare", str(config), "--out", str(run)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 300
        while not reached(run):
            assert process.poll() is None, "the run ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)


def _responses(run: Path, arm: str) -> Path:
    return run / "arms" / arm / "responses.jsonl"


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def _losses(run: Path) -> list[float]:
    return [row["loss"] for row in read_rows(run / "train/metrics.jsonl") if "loss" in row]
