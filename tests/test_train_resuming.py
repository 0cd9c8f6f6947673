"""Is a training that was stopped anywhere the same training: every step and every number once?"""

import json
import shutil
from pathlib import Path

import pytest
from conftest import Audit, read_rows, write_rows

from audit.files.lines import read_json

LAST = 8
"""The tiny configuration's last step; every second one has a checkpoint."""


@pytest.fixture(scope="module")
def trained_run(audit: Audit, tiny_config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train the tiny model to the end, and ask nothing."""
    run = tmp_path_factory.mktemp("trained") / "run"
    run.mkdir()
    shutil.copy(tiny_config, run / "config.yaml")
    result = audit("train", run)
    assert result.returncode == 0, result.stderr
    return run


def _stopped(finished: Path, run: Path, keep: int, closing: str) -> Path:
    """Return the finished run as a kill would have left it, after the checkpoint of a step.

    Of the closing line of metrics.jsonl all, half or nothing is there.
    """
    shutil.copytree(finished, run)
    shutil.rmtree(run / "train" / "adapter")
    for checkpoint in (run / "train").glob("checkpoint-*"):
        if int(checkpoint.name.split("-")[1]) > keep:
            shutil.rmtree(checkpoint)
    rows = read_rows(run / "train" / "metrics.jsonl")
    whole = [row for row in rows if row["step"] <= keep and "train_loss" not in row]
    metrics = write_rows(run / "train" / "metrics.jsonl", whole)
    last = json.dumps(rows[-1]) + "\n"
    with metrics.open("a") as file:
        file.write({"whole": last, "half": last[:20], "none": ""}[closing])
    held = read_json(run / "manifest.json", "")
    held["done"]["train"] = False
    (run / "manifest.json").write_text(json.dumps(held))
    return run


@pytest.mark.parametrize(
    ("keep", "closing"), [(LAST, "none"), (LAST, "half"), (LAST, "whole"), (4, "none")]
)
def test_a_stopped_training_is_the_same(
    audit: Audit, trained_run: Path, tmp_path: Path, keep: int, closing: str
) -> None:
    """The adapter has the same bytes, no step is made twice, and sums go on where they were."""
    run = _stopped(trained_run, tmp_path / "run", keep, closing)
    result = audit("train", run)
    assert result.returncode == 0, result.stderr
    if keep < LAST:
        assert "those of train were computed before" in result.stdout + result.stderr
    adapter = Path("train") / "adapter" / "adapter_model.safetensors"
    assert (run / adapter).read_bytes() == (trained_run / adapter).read_bytes()
    before, after = (read_rows(root / "train" / "metrics.jsonl") for root in (trained_run, run))
    assert [row["step"] for row in after] == [row["step"] for row in before]
    assert after[-1]["train_loss"] == pytest.approx(before[-1]["train_loss"], rel=1e-6)
    assert _tokens(after) == _tokens(before)


def _tokens(rows: list[dict[str, float]]) -> list[float]:
    return [row["num_tokens"] for row in rows if "num_tokens" in row]
