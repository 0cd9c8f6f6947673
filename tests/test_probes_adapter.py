"""Is the merged adapter what peft would have merged?"""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from opened_arms import opened
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

from audit.errors import InputError
from audit.settings.run_config import GenerationConfig
from probes.adapter import Adapter, measure_change, merged_tensors, read_adapter
from probes.engines.engine import Engine, Question
from probes.engines.transformers_engine import TransformersEngine


@pytest.fixture(params=[False, True], ids=["plain scaling", "rank-stabilised"])
def adapter_folder(tiny_model: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Save a random LoRA adapter with peft, one rank and alpha by pattern."""
    model = AutoModelForCausalLM.from_pretrained(tiny_model)
    config = LoraConfig(
        r=4,
        lora_alpha=8,
        target_modules=["q_proj", "down_proj"],
        rank_pattern={"down_proj": 2},
        alpha_pattern={"q_proj": 3},
        use_rslora=request.param,
        init_lora_weights=False,
    )
    get_peft_model(model, config).save_pretrained(tmp_path / "adapter")
    return tmp_path / "adapter"


def test_merging_equals_peft(tiny_model: Path, adapter_folder: Path) -> None:
    """Every tensor equals peft's own merge_and_unload."""
    from peft import PeftModel

    base = AutoModelForCausalLM.from_pretrained(tiny_model)
    expected = PeftModel.from_pretrained(base, adapter_folder).merge_and_unload().state_dict()
    adapter = read_adapter(adapter_folder)
    merged = dict(merged_tensors(list(tiny_model.glob("*.safetensors")), adapter))
    for name, tensor in merged.items():
        assert torch.allclose(tensor, expected[name], atol=1e-6), name
    change = measure_change(list(tiny_model.glob("*.safetensors")), adapter, torch.float32)
    assert change.relative > 0
    assert change.rounding < 1e-3


def test_a_change_that_rounding_swallows_is_measured(
    tiny_model: Path, adapter_folder: Path
) -> None:
    """In bfloat16, a change far below the weights' precision is lost, and a large one is not."""
    adapter = read_adapter(adapter_folder)
    files = list(tiny_model.glob("*.safetensors"))
    coarse = [measure_change(files, _scaled(adapter, by), torch.bfloat16) for by in (1e-6, 1e3)]
    assert coarse[0].rounding > 0.99
    assert coarse[1].rounding < 0.05
    assert not adapter.is_uniform()


def _scaled(adapter: Adapter, by: float) -> Adapter:
    changes = {name: (up, down, by * f) for name, (up, down, f) in adapter.changes.items()}
    return replace(adapter, changes=changes)


def test_an_adapter_beside_the_weights_is_really_applied(tiny_model: Path, tmp_path: Path) -> None:
    """Applied by vLLM beside the weights, an adapter answers as it does merged."""
    settings = GenerationConfig(max_tokens=6, max_num_seqs=4)
    questions = [Question(f"p{place}", 0, list(range(9 + place, 40)), 0) for place in range(8)]
    merging = TransformersEngine(tiny_model, "float32")
    base = _texts(merging, questions, settings)
    _strong_adapter(tiny_model, tmp_path)
    merging.become(opened("merged", tiny_model, tmp_path))
    merged = _texts(merging, questions, settings)
    tokens = json.dumps([question.token_ids for question in questions])
    program = [sys.executable, str(Path(__file__).with_name("answers_beside.py"))]
    result = subprocess.run(
        [*program, str(tiny_model), str(tmp_path), tokens],
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


def _strong_adapter(tiny_model: Path, folder: Path) -> None:
    """Save an adapter with a change large enough for the answers to show it."""
    model = AutoModelForCausalLM.from_pretrained(tiny_model)
    torch.manual_seed(1)
    names = ["q_proj", "down_proj", "up_proj"]
    config = LoraConfig(r=4, lora_alpha=64, target_modules=names, init_lora_weights=False)
    get_peft_model(model, config).save_pretrained(folder)


def test_an_adapter_of_another_model_is_refused(tiny_model: Path, adapter_folder: Path) -> None:
    """An adapter that does not fit is never passed over in silence."""
    adapter = read_adapter(adapter_folder)
    change = adapter.changes.pop("model.layers.0.self_attn.q_proj.weight")
    adapter.changes["model.layers.9.self_attn.q_proj.weight"] = change
    with pytest.raises(InputError, match="which the model does not have"):
        list(merged_tensors(list(tiny_model.glob("*.safetensors")), adapter))


def test_another_kind_of_adapter_is_refused(adapter_folder: Path) -> None:
    """What cannot be merged exactly is named."""
    settings = json.loads((adapter_folder / "adapter_config.json").read_text())
    (adapter_folder / "adapter_config.json").write_text(json.dumps({**settings, "use_dora": True}))
    with pytest.raises(InputError, match="use_dora"):
        read_adapter(adapter_folder)
