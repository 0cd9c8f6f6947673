"""Is an adapter that was trained on a base in 4 bits asked on the base's own weights?"""

import json
from pathlib import Path

import pytest
from conftest import Audit

from audit.errors import InputError
from audit.settings.run_config import RunConfig
from audit.settings.yaml_file import load_settings


@pytest.mark.model
def test_a_qlora_run_goes_to_its_page(audit: Audit, tiny_config: Path, tmp_path: Path) -> None:
    """The engine is proven to answer with the adapter on whole weights, and the page says it."""
    config = tiny_config.read_text().replace("train:\n", "train:\n  load_in_4bit: true\n")
    file = tmp_path / "qlora.yaml"
    file.write_text(config.replace("limit: 12", "limit: 2").replace("save_steps: 2", ""))
    run = tmp_path / "run"
    result = audit("train-and-compare", file, "--out", run)
    assert result.returncode in (0, 3, 4), result.stderr
    arms = json.loads((run / "manifest.json").read_text())["arms"]
    assert set(arms) == {"before", "before-again", "after"}
    proof = arms["after"]["weights_proof"]
    assert proof["largest_difference"] < proof["tolerance"] < proof["moved"]
    adapter = json.loads((run / "train" / "adapter" / "adapter_config.json").read_text())
    assert adapter["peft_type"] == "LORA"
    assert "on the base in 4 bits" in (run / "report.html").read_text()


def test_weights_in_four_bits_are_not_trained(tmp_path: Path) -> None:
    """Without an adapter there would be nothing to learn with."""
    file = tmp_path / "run.yaml"
    file.write_text("model: {path: m}\ntrain: {lora: null, load_in_4bit: true}\n")
    with pytest.raises(InputError, match="load_in_4bit needs an adapter"):
        load_settings(file, RunConfig)
