"""Do two processes train what one does with twice the accumulation?"""

import json
import shutil
from pathlib import Path

import pytest
from conftest import Audit, read_rows

pytestmark = pytest.mark.model
CURVES = ("loss", "grad_norm", "rewards/margins", "logps/chosen", "learning_rate", "num_tokens")


def _trained(audit: Audit, config: str, run: Path) -> Path:
    run.mkdir()
    (run / "config.yaml").write_text(config)
    result = audit("train", run)
    assert result.returncode == 0, result.stderr
    return run


@pytest.mark.parametrize("method", ["dpo", "kto"])
def test_two_processes_make_the_same_curve(
    audit: Audit, tiny_config: Path, tmp_path: Path, method: str
) -> None:
    """The first alone writes: each line, checkpoint and file stands there once."""
    config = tiny_config.read_text().replace("train:\n", f"train:\n  method: {method}\n")
    alone = config.replace("save_steps", "gradient_accumulation_steps: 2\n  save_steps")
    one = _trained(audit, alone, tmp_path / "one")
    two = _trained(
        audit, config.replace("save_steps", "processes: 2\n  save_steps"), tmp_path / "two"
    )
    before, after = (read_rows(run / "train" / "metrics.jsonl") for run in (one, two))
    assert [row["step"] for row in after] == [row["step"] for row in before]
    for name in CURVES:
        expected = [row[name] for row in before if name in row]
        assert expected
        assert [row[name] for row in after if name in row] == pytest.approx(expected, rel=2e-3)
    files = [{one.name for one in (run / "train").iterdir()} for run in (one, two)]
    assert files[0] == files[1]
    if method == "dpo":
        _resumes_the_same(audit, two)


def _resumes_the_same(audit: Audit, run: Path) -> None:
    """Stop the training in thought after its first checkpoint, and go on."""
    whole = (run / "train" / "adapter" / "adapter_model.safetensors").read_bytes()
    rows = read_rows(run / "train" / "metrics.jsonl")
    shutil.rmtree(run / "train" / "adapter")
    shutil.rmtree(run / "train" / "checkpoint-4")
    held = json.loads((run / "manifest.json").read_text())
    held["done"]["train"] = False
    (run / "manifest.json").write_text(json.dumps(held))
    result = audit("train", run)
    assert result.returncode == 0, result.stderr
    assert (run / "train" / "adapter" / "adapter_model.safetensors").read_bytes() == whole
    again = read_rows(run / "train" / "metrics.jsonl")
    assert [row["step"] for row in again] == [row["step"] for row in rows]
    assert again[-1]["train_loss"] == pytest.approx(rows[-1]["train_loss"], rel=1e-6)
