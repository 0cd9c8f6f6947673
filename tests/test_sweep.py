"""Are the runs of a sweep ordinary, and is nothing lost to kills or failures, or done twice?"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import AUDIT, Audit, read_rows

NAMES = ["beta-0.1_seed-0", "beta-0.1_seed-1", "beta-0.5_seed-0", "beta-0.5_seed-1"]
DAMAGED = NAMES[2]


def _config(folder: Path, model: object, sweep: str) -> Path:
    path = folder / "sweep.yaml"
    path.write_text(
        f"""\
model: {{path: {model}}}
preferences: {{path: demo, limit: 8}}
train:
  {{learning_rate: 5e-3, per_device_train_batch_size: 4, max_length: 128, max_steps: 2}}
probes:
  - {{set: harmful, limit: 4}}
  - {{set: borderline, limit: 4}}
  - {{set: helpful, limit: 4}}
generation: {{max_tokens: 8, max_num_seqs: 8, engine: transformers}}
gate: {{allow_unresolved: true}}
sweep: {sweep}
"""
    )
    return path


@pytest.fixture(scope="module")
def swept(
    audit: Audit, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """Sweep two betas by two seeds: killed once, with one run that fails, and resumed twice."""
    folder = tmp_path_factory.mktemp("sweep")
    config = _config(folder, tiny_model, "{train.beta: [0.1, 0.5], train.seed: [0..1]}")
    root = folder / "swept"
    words = ["sweep", config, "--out", root]
    _kill_when_second_run_trains(words, root)
    damage = root / "runs" / DAMAGED / "manifest.json"
    damage.parent.mkdir(parents=True, exist_ok=True)
    damage.write_text("{")
    failed = audit(*words, "--resume", "--json")
    first = {name: _stamp(root, name) for name in NAMES if name != DAMAGED}
    damage.unlink()
    ended = audit(*words, "--resume")
    return {"root": root, "words": words, "failed": failed, "ended": ended, "first": first}


def _kill_when_second_run_trains(words: list[object], root: Path) -> None:
    command = [AUDIT, *map(str, words)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **quiet) as process:  # type: ignore[call-overload]
        deadline = time.monotonic() + 400
        while not (root / "runs" / NAMES[1] / "train" / "metrics.jsonl").exists():
            assert process.poll() is None, "the sweep ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)


def _stamp(root: Path, name: str) -> int:
    return (
        (root / "runs" / name / "train" / "adapter" / "adapter_model.safetensors")
        .stat()
        .st_mtime_ns
    )


def _manifest(root: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((root / "runs" / name / "manifest.json").read_text())
    return found


def test_a_failure_is_its_own(swept: dict[str, Any]) -> None:
    """The damaged run is named with its reason, all others end, and the exit code tells."""
    failed = swept["failed"]
    assert failed.returncode == 5, failed.stderr
    runs = {run["name"]: run for run in json.loads(failed.stdout)["runs"]}
    assert list(runs) == NAMES
    assert "manifest.json" in runs[DAMAGED]["failure"]
    assert all(runs[name]["verdict"] for name in NAMES if name != DAMAGED)
    assert f"1 of 4 runs failed ({DAMAGED})" in failed.stderr
    assert "--resume" in failed.stderr


def test_a_resumed_sweep_does_what_is_missing_and_nothing_else(swept: dict[str, Any]) -> None:
    """No run is trained again, and every answer and step is there once."""
    assert swept["ended"].returncode == 0, swept["ended"].stderr
    root = swept["root"]
    assert swept["first"] == {name: _stamp(root, name) for name in swept["first"]}
    for name in NAMES:
        run = root / "runs" / name
        steps = [row["step"] for row in read_rows(run / "train/metrics.jsonl") if "loss" in row]
        assert steps == [1, 2]
        for arm in ("before", "before-again", "after"):
            asked = [row["probe_id"] for row in read_rows(run / f"arms/{arm}/responses.jsonl")]
            assert len(asked) == len(set(asked)) == 12


def test_before_is_asked_once_and_its_digests_prove_it(swept: dict[str, Any]) -> None:
    """All runs hold the first one's answers, with an identity that their own engine confirmed."""
    root = swept["root"]
    first = _manifest(root, NAMES[0])["arms"]
    for name in NAMES[1:]:
        arms = _manifest(root, name)["arms"]
        for arm in ("before", "before-again"):
            assert arms[arm]["reused_from"].endswith(f"#{arm}")
            assert arms[arm]["identity"] == first[arm]["identity"]
            assert arms[arm]["responses_sha256"] == first[arm]["responses_sha256"]
        after, before = arms["after"]["identity"], arms["before"]["identity"]
        assert {key for key in after if after[key] != before[key]} == {"adapter_sha256"}
        assert arms["before"]["weights_proof"]["largest_difference"] < 1e-3


def test_the_references_log_probabilities_are_computed_once_for_the_same_pairs(
    swept: dict[str, Any],
) -> None:
    """Runs of one seed see the same pairs; those of another have their own."""
    kept = {
        name: {file.name for file in (swept["root"] / "runs" / name / "train/reference").iterdir()}
        for name in NAMES
    }
    assert kept[NAMES[2]] >= kept[NAMES[0]]
    assert "reference log-probabilities: those of train were computed before" in (
        swept["failed"].stderr + swept["ended"].stderr
    )
    assert "reference log-probabilities: 2/2" not in swept["ended"].stderr


def test_the_other_runs_are_asked_with_one_start_of_the_engine(swept: dict[str, Any]) -> None:
    """The first went all its way; the two that were trained after the kill share an engine."""
    said = swept["failed"].stderr
    assert "asking 2 runs with one start of the engine" in said
    assert said.count("loading the engine") == 1
    assert f"loading the engine that answers in {NAMES[1]}, {NAMES[3]}" in said


def test_every_run_is_an_ordinary_one(swept: dict[str, Any], audit: Audit) -> None:
    """Other commands take it, alone and beside another."""
    one, other = (swept["root"] / "runs" / name for name in (NAMES[0], NAMES[2]))
    assert audit("report", one).returncode == 0
    assert audit("compare", one, other).returncode in (0, 3, 4)


def test_the_page_holds_all_runs_and_both_recipes(swept: dict[str, Any]) -> None:
    """Each run leads to its report, and two seeds decide nothing about a recipe."""
    page = (swept["root"] / "sweep.html").read_text(encoding="utf-8")
    for name in NAMES:
        assert f'href="runs/{name}/report.html"' in page
    assert "train.beta 0.1" in page
    found = json.loads((swept["root"] / "sweep.json").read_text())
    assert [recipe["settings"] for recipe in found["recipes"]] == [
        {"train.beta": 0.1},
        {"train.beta": 0.5},
    ]
    assert {recipe["verdict"] for recipe in found["recipes"]} == {"inconclusive"}
    assert "seed" not in str(found["recipes"][0]["settings"])
    assert "2 seeds cannot tell a recipe from its luck" in swept["ended"].stdout


def test_a_sweep_is_not_continued_as_another_one(swept: dict[str, Any], audit: Audit) -> None:
    """Without --resume, and with another setting, it is refused and named."""
    again = audit(*swept["words"])
    assert (again.returncode, "holds a sweep already" in again.stderr) == (2, True)
    other = audit(*swept["words"], "--resume", "--set", "train.max_steps=3")
    assert (other.returncode, "begun with another train" in other.stderr) == (2, True)
