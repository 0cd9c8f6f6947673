"""Is the merged adapter what peft would have merged?"""

import json
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

from audit.errors import InputError
from probes.adapter import merged_tensors, read_adapter, relative_change


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
    assert relative_change(list(tiny_model.glob("*.safetensors")), adapter) > 0


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
