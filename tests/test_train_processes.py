"""Do two processes train what one does with twice the accumulation?"""

import json
import shutil
from pathlib import Path

import pytest
from conftest import Audit, read_rows

from audit.errors import InputError
from audit.settings.training import TrainConfig

pytestmark = pytest.mark.model
CURVES = ("loss", "grad_norm", "rewards/margins", "logps/chosen", "learning_rate", "num_tokens")


def _trained(audit: Audit, config: str, run: Path) -> Path:
    run.mkdir()
    (run / "config.yaml").write_text(config)
    result = audit("train", run)
    assert result.returncode == 0, result.stderr
    return run


def test_two_processes_make_the_same_curve(
    audit: Audit, tiny_config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first alone writes: each line, checkpoint and file stands there once.

    The place that a cluster's own launcher gives to the command makes no difference.
    """
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    config = tiny_config.read_text()
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


EXAMPLES = Path(__file__).parents[1] / "examples" / "accelerate"


@pytest.mark.parametrize("name", ["fsdp.yaml", "deepspeed-zero2.yaml", "several-gpus.yaml"])
def test_the_examples_fit_a_training_of_eight(name: str) -> None:
    """But for DeepSpeed, which is not installed here, and is named."""
    import torch

    from train.launch_config import refuse_unfit_launch

    file = str(EXAMPLES / name)
    train = TrainConfig(processes=8, accelerate_config=file, precompute_ref_log_probs=False)
    if name.startswith("deepspeed"):
        with pytest.raises(InputError, match="DeepSpeed is not installed"):
            refuse_unfit_launch(train, torch.bfloat16)
    else:
        refuse_unfit_launch(train, torch.bfloat16)


def test_a_dry_run_says_all_that_does_not_fit(
    audit: Audit, tiny_config: Path, tmp_path: Path
) -> None:
    """Number, precision, form of the checkpoints and the kind of launch, in one message."""
    launch = (EXAMPLES / "fsdp.yaml").read_text().replace("FULL_STATE", "SHARDED_STATE")
    (tmp_path / "fsdp.yaml").write_text(launch)
    given = "train:\n  processes: 2\n  accelerate_config: fsdp.yaml\n  load_in_4bit: true\n"
    (tmp_path / "c.yaml").write_text(tiny_config.read_text().replace("train:\n", given))
    result = audit("train-and-compare", tmp_path / "c.yaml", "--dry-run")
    assert result.returncode == 2, result.stdout
    for said in (
        "starts 8 processes, and train.processes is 2",
        "has mixed_precision bf16, and the model's is torch.float32",
        "saves a SHARDED_STATE_DICT",
        "set train.precompute_ref_log_probs to false",
        "those of train.load_in_4bit are packed",
    ):
        assert said in result.stderr


def test_what_is_no_launchers_file_is_refused(tmp_path: Path) -> None:
    """Accelerate takes no key that it does not know."""
    import torch

    from train.launch_config import refuse_unfit_launch

    (tmp_path / "fsdp.yaml").write_text("no_such_key: 1\n")
    train = TrainConfig(accelerate_config=str(tmp_path / "fsdp.yaml"))
    with pytest.raises(InputError, match="cannot be read as accelerate's configuration"):
        refuse_unfit_launch(train, torch.float32)
