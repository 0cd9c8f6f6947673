"""Is a whole model trained, asked and compared as an adapter is?"""

import json
import shutil
from pathlib import Path

import pytest
from conftest import Audit

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def whole_run(audit: Audit, tiny_config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train all weights of the tiny model, with a checkpoint on the way, and compare."""
    folder = tmp_path_factory.mktemp("whole")
    config = tiny_config.read_text().replace("train:\n", "train:\n  lora: null\n")
    file = folder / "whole.yaml"
    file.write_text(config.replace("save_steps: 2", "save_steps: 0.5"))
    result = audit("train-and-compare", file, "--out", folder / "run")
    assert result.returncode in (0, 3, 4), result.stderr
    assert "DPO with the whole model" in result.stdout + result.stderr
    return folder / "run"


def test_each_arm_is_a_whole_model_that_was_proven_to_answer(
    whole_run: Path, tiny_model: Path
) -> None:
    """The checkpoint at half of the run and the end are new weights under the base's settings."""
    arms = json.loads((whole_run / "manifest.json").read_text())["arms"]
    assert {arm["source"]["kind"] for arm in arms.values()} == {"base", "full"}
    assert "step-0004" in arms
    digests = {arms[name]["source"]["model"]["weights_sha256"] for name in ("step-0004", "after")}
    digests.add(arms["before"]["source"]["model"]["weights_sha256"])
    assert len(digests) == 3
    for arm in arms.values():
        proof = arm["weights_proof"]
        assert proof["largest_difference"] < proof["tolerance"]
    assert arms["after"]["weights_proof"]["moved"] > arms["after"]["weights_proof"]["tolerance"]
    for name in ("config.json", "generation_config.json", "tokenizer.json"):
        trained = whole_run / "train" / "model" / name
        assert trained.read_bytes() == (tiny_model / name).read_bytes()


def test_the_page_says_what_was_trained(whole_run: Path) -> None:
    """The recipe on the first screen speaks of no adapter."""
    page = (whole_run / "report.html").read_text()
    assert "with the whole model, beta" in page
    assert "LoRA of rank" not in page


def test_a_training_stopped_at_its_end_gives_the_same_model(
    audit: Audit, whole_run: Path, tmp_path: Path
) -> None:
    """Killed between the last checkpoint and the mark, the model comes from the checkpoint."""
    run = Path(shutil.copytree(whole_run, tmp_path / "run"))
    shutil.rmtree(run / "train" / "model")
    held = json.loads((run / "manifest.json").read_text())
    held["done"]["train"] = False
    (run / "manifest.json").write_text(json.dumps(held))
    result = audit("train", run)
    assert result.returncode == 0, result.stderr
    weights = Path("train") / "model" / "model.safetensors"
    assert (run / weights).read_bytes() == (whole_run / weights).read_bytes()
