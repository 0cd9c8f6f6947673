"""Are the checkpoints of a folder taken in the order of training, and broken ones named?"""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from audit.errors import InputError
from audit.jobs.candidate import Subject
from audit.jobs.checkpoints import checkpoints_in
from audit.run.arm import BaseWeights, ModelFiles
from audit.run.history import Check, History
from audit.settings.gate import Gate

WEIGHT = "model.layers.0.self_attn.q_proj"


@pytest.fixture
def baseline(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    """Return a baseline whose model has one matrix."""
    folder = tmp_path_factory.mktemp("base")
    save_file({f"{WEIGHT}.weight": np.eye(4, dtype="float32")}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({"model_type": "llama"}))
    model = ModelFiles(source="base", folder=str(folder), revision=None, weights_sha256="w")
    return Subject("base", "b", BaseWeights(kind="base", model=model), None, None, None)


def _adapter(folder: Path, value: float) -> None:
    """Write a whole LoRA adapter of one module whose weights are the value."""
    folder.mkdir(parents=True)
    layer = f"base_model.model.{WEIGHT}"
    halves = {"lora_A": np.full((1, 4), value), "lora_B": np.full((4, 1), value)}
    tensors = {f"{layer}.{half}.weight": each.astype("float32") for half, each in halves.items()}
    save_file(tensors, folder / "adapter_model.safetensors")
    settings = {"peft_type": "LORA", "r": 1, "lora_alpha": 1, "target_modules": ["q_proj"]}
    (folder / "adapter_config.json").write_text(json.dumps(settings))


def _check(candidate: str, verdict: str, gate: Gate | None) -> Check:
    return Check(
        checked_at="2026-01-01T03:00:00+00:00",
        candidate="c",
        candidate_sha256=candidate,
        baseline="base",
        baseline_sha256="b",
        run="r",
        verdict=verdict,  # type: ignore[arg-type] - one of the three
        axes={},
        changes={},
        judge_sha256=None,
        probes_sha256=None,
        answers_sha256=None,
        blessed_at=None,
        gate=gate,
    )


def test_checkpoints_come_by_step_and_not_by_name(tmp_path: Path, baseline: Subject) -> None:
    """250 before 1000, a step that the trainer wrote before the name, and the last one last."""
    for number, name in enumerate(("checkpoint-1000", "checkpoint-250", "final", "renamed"), 1):
        _adapter(tmp_path / name, number)
    (tmp_path / "renamed" / "trainer_state.json").write_text(json.dumps({"global_step": 500}))
    found = checkpoints_in(tmp_path, baseline, None, Gate(), History(tmp_path / "h.sqlite"))
    names = [path.name for path, _ in found.new]
    assert names == ["checkpoint-250", "renamed", "checkpoint-1000", "final"]


def test_a_broken_checkpoint_is_named_and_the_others_are_kept(
    tmp_path: Path, baseline: Subject
) -> None:
    """A folder that a kill left half written is no silence."""
    _adapter(tmp_path / "checkpoint-100", 1.0)
    (tmp_path / "checkpoint-200").mkdir()
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "adapter_config.json").write_text("{")
    (tmp_path / "logs").mkdir()
    found = checkpoints_in(tmp_path, baseline, None, Gate(), History(tmp_path / "h.sqlite"))
    assert [path.name for path, _ in found.new] == ["checkpoint-100"]
    assert [path.name for path, _ in found.broken] == ["checkpoint-200", "half"]


def test_what_was_checked_is_told_with_its_verdict(tmp_path: Path, baseline: Subject) -> None:
    """Checked by this gate: known, with what was found. By another gate: to be checked again."""
    _adapter(tmp_path / "checkpoint-1", 1.0)
    history = History(tmp_path / "h.sqlite")
    first = checkpoints_in(tmp_path, baseline, None, Gate(), history)
    history.add(_check(first.new[0][1].sha256, "regressed", Gate()))
    again = checkpoints_in(tmp_path, baseline, None, Gate(), history)
    assert ([one.verdict for one in again.checked], again.new) == (["regressed"], [])
    other = checkpoints_in(tmp_path, baseline, None, Gate(max_over_refusal_increase=0.1), history)
    assert (len(other.checked), len(other.new)) == (0, 1)


def test_a_folder_without_a_checkpoint_is_refused(tmp_path: Path, baseline: Subject) -> None:
    """Nothing to check is not nothing wrong."""
    with pytest.raises(InputError, match="holds no checkpoint"):
        checkpoints_in(tmp_path, baseline, None, Gate(), History(tmp_path / "h.sqlite"))
