"""Is the merged adapter exact, and is merging's rounding measured against what was asked?"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from adapter_zoo import (
    change_tensors,
    difference,
    logits,
    merged_logits,
    peft_logits,
    save_adapter,
    save_model,
)
from opened_arms import opened
from transformers import AutoModelForCausalLM

from audit.run.model_folder import ModelFolder
from audit.run.weights import read_weights
from audit.settings.run_config import GenerationConfig
from probes.adapters.adapter import read_adapter
from probes.adapters.merging import Change, measure_change
from probes.engines.engine import Engine, Question
from probes.engines.transformers_engine import TransformersEngine


@pytest.fixture
def coarse_model(tmp_path: Path) -> Path:
    """Save a model as the hub has most: its numbers in bfloat16."""
    base = save_model(tmp_path / "fine", "tied")
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16)
    model.save_pretrained(tmp_path / "coarse")
    return tmp_path / "coarse"


def test_a_small_change_of_a_coarse_file_is_merged_finely(
    coarse_model: Path, tmp_path: Path
) -> None:
    """A bfloat16 file's weights, changed by 3e-4, are peft's in a float32 engine."""
    adapter = save_adapter(coarse_model, tmp_path / "adapter")
    size = _change(coarse_model, adapter, torch.float32).relative
    change_tensors(adapter, lambda tensors: _scaled(tensors, 3e-4 / size))
    found = _change(coarse_model, adapter, torch.float32)
    assert found.relative == pytest.approx(3e-4, rel=0.01)
    assert found.rounding < 1e-3
    assert _change(coarse_model, adapter, torch.bfloat16).rounding > 0.5
    fine = AutoModelForCausalLM.from_pretrained(coarse_model, dtype=torch.float32)
    fine.save_pretrained(tmp_path / "fine-again")
    expected = peft_logits(tmp_path / "fine-again", adapter)
    assert difference(expected, logits(fine)) > 1e-5
    assert difference(merged_logits(coarse_model, adapter), expected) < 2e-6


def test_a_change_below_float32_is_not_called_none(
    zoo_models: dict[str, Path], tmp_path: Path
) -> None:
    """The change asked for is measured itself, so one that float32 swallows is seen as lost."""
    adapter = save_adapter(zoo_models["tied"], tmp_path / "adapter")
    change_tensors(adapter, lambda tensors: _scaled(tensors, 1e-9))
    found = _change(zoo_models["tied"], adapter, torch.float32)
    assert 0 < found.relative < 1e-8
    assert found.rounding > 0.9


def test_an_adapter_of_zeros_changes_nothing(zoo_models: dict[str, Path], tmp_path: Path) -> None:
    """It is applied, and its change is said to be none."""
    adapter = save_adapter(zoo_models["tied"], tmp_path / "adapter")
    change_tensors(adapter, lambda tensors: _scaled(tensors, 0))
    assert _change(zoo_models["tied"], adapter, torch.float32) == Change(0.0, 0.0)


@pytest.mark.parametrize(
    ("settings", "possible"),
    [
        ({}, True),
        ({"rank_pattern": {"q_proj": 2}}, False),
        ({"use_dora": True}, False),
        ({"target_modules": ["embed_tokens", "q_proj"]}, False),
        ({"modules_to_save": ["norm"]}, False),
    ],
)
def test_only_plain_lora_is_applied_beside_the_weights(
    settings: dict[str, object], possible: object, zoo_models: dict[str, Path], tmp_path: Path
) -> None:
    """VLLM takes one rank and factor for granted, and leaves the rest out or refuses it."""
    folder = save_adapter(zoo_models["untied"], tmp_path / "adapter", **settings)
    adapter = read_adapter(folder, ModelFolder(zoo_models["untied"], "untied", None))
    assert adapter.can_be_requested() == possible


def _change(base: Path, folder: Path, dtype: torch.dtype) -> Change:
    model = ModelFolder(base, "base", None)
    return measure_change(read_weights(model), read_adapter(folder, model), dtype)


def _scaled(tensors: dict[str, torch.Tensor], by: float) -> dict[str, torch.Tensor]:
    return {name: one * by if "lora_B" in name else one for name, one in tensors.items()}


def test_an_adapter_beside_the_weights_is_really_applied(tiny_model: Path, tmp_path: Path) -> None:
    """Applied by vLLM beside the weights, an adapter answers as it does merged."""
    settings = GenerationConfig(max_tokens=6, max_num_seqs=4)
    questions = [Question(f"p{place}", 0, list(range(9 + place, 40)), 0) for place in range(8)]
    merging = TransformersEngine(tiny_model, "float32")
    base = _texts(merging, questions, settings)
    names = ["q_proj", "down_proj", "up_proj"]
    folder = save_adapter(tiny_model, tmp_path / "adapter", lora_alpha=64, target_modules=names)
    merging.become(opened("merged", tiny_model, folder))
    merged = _texts(merging, questions, settings)
    tokens = json.dumps([question.token_ids for question in questions])
    program = [sys.executable, str(Path(__file__).with_name("answers_beside.py"))]
    result = subprocess.run(
        [*program, str(tiny_model), str(folder), tokens],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    answers = json.loads(result.stdout.splitlines()[-1])
    assert [_shown(text) for text in answers["base"]] == base
    assert [_shown(text) for text in answers["beside"]] == merged != base


def _texts(engine: Engine, questions: list[Question], settings: GenerationConfig) -> list[str]:
    answers = sorted(engine.ask(questions, settings), key=lambda answer: answer.probe_id)
    return [_shown(answer.text) for answer in answers]


def _shown(text: str) -> str:
    """Leave out half a character at the end, which the engines show in their own ways."""
    return text.rstrip("\N{REPLACEMENT CHARACTER}")
