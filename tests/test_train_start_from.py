"""Is an adapter that training starts from part of its reference, and of `before`?"""

import json
import math
import shutil
from pathlib import Path

import pytest
from conftest import Audit, read_rows

from audit.errors import InputError
from audit.settings.run_config import RunConfig
from audit.settings.yaml_file import load_settings


@pytest.fixture(scope="module")
def first_run(audit: Audit, tiny_config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train an adapter on the tiny model, and ask nothing."""
    run = tmp_path_factory.mktemp("first") / "run"
    run.mkdir()
    config = tiny_config.read_text().replace("save_steps: 2", "lora: {r: 4}")
    (run / "config.yaml").write_text(config.replace("eval_limit: 8", "eval_limit: 4"))
    result = audit("train", run)
    assert result.returncode == 0, result.stderr
    assert "reference: the model as it is before training" in result.stdout + result.stderr
    return run


def _config(tiny_config: Path, first_run: Path, file: Path) -> Path:
    start = f"train:\n  start_from: {first_run / 'train' / 'adapter'}\n"
    config = tiny_config.read_text().replace("train:\n", start).replace("limit: 12", "limit: 1")
    file.write_text(config.replace("save_steps: 2", "save_steps: 4"))
    return file


@pytest.fixture(scope="module")
def second_run(
    audit: Audit, tiny_config: Path, first_run: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Train that adapter further, ask and compare."""
    folder = tmp_path_factory.mktemp("second")
    file = _config(tiny_config, first_run, folder / "second.yaml")
    result = audit("train-and-compare", file, "--out", folder / "run")
    assert result.returncode in (0, 3, 4), result.stderr
    said = result.stdout + result.stderr
    assert "LoRA from the adapter adapter, with which the model is reference and before" in said
    assert "reference: the model with the adapter that training starts from" in said
    return folder / "run"


@pytest.mark.model
def test_before_is_the_model_with_the_adapter(second_run: Path, first_run: Path) -> None:
    """The engine is proven to answer as it, and what the page compares is this training alone."""
    arms = json.loads((second_run / "manifest.json").read_text())["arms"]
    assert arms["before"]["source"]["kind"] == "adapter"
    assert arms["before"]["source"]["folder"] == "train/start"
    kept = second_run / "train" / "start" / "adapter_model.safetensors"
    begun = first_run / "train" / "adapter" / "adapter_model.safetensors"
    assert kept.read_bytes() == begun.read_bytes()
    for arm in arms.values():
        proof = arm["weights_proof"]
        assert proof["largest_difference"] < proof["tolerance"]
    assert arms["after"]["weights_proof"]["moved"] > arms["after"]["weights_proof"]["tolerance"]
    manifest = json.loads((second_run / "manifest.json").read_text())
    assert manifest["train"]["reference"].startswith("the model with the adapter")
    assert manifest["train"]["seconds_a_step"] > 0
    assert manifest["train"]["peak_memory_bytes"] > 10**8
    page = (second_run / "report.html").read_text()
    assert "s in the median, and training" in page
    assert "LoRA from the adapter adapter (the reference, as before, is the model" in page


@pytest.mark.model
def test_the_first_step_begins_at_the_reference(second_run: Path) -> None:
    """With the plain model as the reference, margins would be those that the start has learned."""
    first = read_rows(second_run / "train" / "metrics.jsonl")[0]
    assert first["rewards/margins"] == pytest.approx(0, abs=1e-5)
    assert first["loss"] == pytest.approx(math.log(2), abs=1e-5)


@pytest.mark.model
def test_a_stopped_training_goes_on_from_its_own_adapter(
    audit: Audit, second_run: Path, tmp_path: Path
) -> None:
    """It goes on from the checkpoint, not from the start, and ends with the same bytes."""
    run = Path(shutil.copytree(second_run, tmp_path / "run"))
    shutil.rmtree(run / "train" / "adapter")
    shutil.rmtree(run / "train" / "checkpoint-8")
    assert not (run / "train" / "checkpoint-4" / "ref").exists()
    held = json.loads((run / "manifest.json").read_text())
    held["done"]["train"] = False
    (run / "manifest.json").write_text(json.dumps(held))
    result = audit("train", run)
    assert result.returncode == 0, result.stderr
    adapter = Path("train") / "adapter" / "adapter_model.safetensors"
    assert (run / adapter).read_bytes() == (second_run / adapter).read_bytes()


@pytest.mark.model
def test_what_is_no_adapter_of_the_model_is_refused_before_anything(
    audit: Audit, tiny_config: Path, tmp_path: Path
) -> None:
    """A dry run names the key and the folder."""
    file = _config(tiny_config, tmp_path, tmp_path / "none.yaml")
    result = audit("train-and-compare", file, "--dry-run")
    assert result.returncode == 2
    assert "train.start_from" in result.stderr
    assert "holds no adapter_model.safetensors" in result.stderr


@pytest.mark.parametrize(
    ("line", "said"),
    [("lora: {r: 4}", "has its own settings"), ("load_in_4bit: true", "its own reference")],
)
def test_what_does_not_go_with_a_start_is_refused(tmp_path: Path, line: str, said: str) -> None:
    """The adapter's own settings hold, and it must be its own reference exactly."""
    file = tmp_path / "run.yaml"
    file.write_text(f"model: {{path: m}}\ntrain:\n  start_from: a\n  {line}\n")
    with pytest.raises(InputError, match=said):
        load_settings(file, RunConfig)
