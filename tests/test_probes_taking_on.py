"""Is every kind of model taken on by a way that is known to replace its weights, and is it said?"""

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Audit, _make_tokenizer, write_rows

from audit.run.model_folder import ModelFolder
from probes.engines.engine import Loading
from probes.engines.taking_on import not_plain, way_of_vllm

DENSE = {"model_type": "llama", "num_hidden_layers": 2, "num_experts": None}


@pytest.mark.parametrize(
    ("settings", "kinds"),
    [
        (DENSE, []),
        ({**DENSE, "num_local_experts": 8, "num_experts_per_tok": 2}, ["a mixture of experts"]),
        ({"text_config": {"moe_intermediate_size": 768}}, ["a mixture of experts"]),
        ({**DENSE, "kv_lora_rank": 512}, ["latent attention"]),
        (
            {"n_routed_experts": 64, "kv_lora_rank": 512},
            ["a mixture of experts", "latent attention"],
        ),
        ({**DENSE, "mamba_d_state": 128}, ["state-space layers"]),
        ({**DENSE, "num_experts": 1}, []),
        ({"model_type": "mixtral"}, ["a mixture of experts"]),
    ],
)
def test_what_no_reload_replaces_is_told_from_the_configuration(
    settings: dict[str, Any], kinds: list[str]
) -> None:
    """Also where a part of the model says it; one expert is a dense layer."""
    assert not_plain(settings) == kinds


@pytest.mark.parametrize(
    ("settings", "rank", "in_one_process", "way"),
    [
        (DENSE, None, True, "swapped in place"),
        (DENSE, None, False, "swapped from files"),
        (DENSE, 16, True, "adapter requested"),
        ({**DENSE, "num_local_experts": 8}, None, True, "engine of its own"),
        ({**DENSE, "num_local_experts": 8}, None, False, "engine of its own"),
        ({**DENSE, "num_local_experts": 8}, 16, True, "adapter requested"),
        ({**DENSE, "kv_lora_rank": 512}, None, True, "engine of its own"),
    ],
)
def test_each_kind_of_model_has_its_way(
    tmp_path: Path, settings: dict[str, Any], rank: int | None, in_one_process: object, way: str
) -> None:
    """Several processes read files; what no reload replaces gets an engine of its own."""
    (tmp_path / "config.json").write_text(json.dumps(settings))
    loading = Loading(ModelFolder(tmp_path, "model", None), "float32", 64, rank, untied=False)
    assert way_of_vllm(loading, in_one_process=bool(in_one_process)).way == way


@pytest.fixture(scope="module")
def experts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Save a tiny mixture of experts, and the same with other experts: a full fine-tune."""
    import torch
    from transformers import Qwen2MoeConfig, Qwen2MoeForCausalLM

    tokenizer = _make_tokenizer()
    config = Qwen2MoeConfig(
        vocab_size=512,
        hidden_size=128,
        intermediate_size=256,
        moe_intermediate_size=128,
        shared_expert_intermediate_size=128,
        num_experts=4,
        num_experts_per_tok=2,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=512,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
    )
    folders = []
    torch.manual_seed(0)
    model = Qwen2MoeForCausalLM(config)
    for name in ("base", "tuned"):
        folder = tmp_path_factory.mktemp("experts") / name
        tokenizer.save_pretrained(folder)
        model.save_pretrained(folder)
        folders.append(folder)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(0.05 * torch.randn_like(parameter))
    return folders[0], folders[1]


def test_a_mixture_of_experts_answers_from_an_engine_for_each_arm(
    audit: Audit, experts: tuple[Path, Path], tmp_path: Path
) -> None:
    """Each arm is proven to answer with its weights, and the manifest and page say how."""
    rows = [
        {"id": f"p{n}", "set": "s", "kind": "harmful", "category": "c", "prompt": f"Say {n}."}
        for n in range(8)
    ]
    probes, run = write_rows(tmp_path / "probes.jsonl", rows), tmp_path / "run"
    settings = ("generation.max_tokens=8", "generation.engine=vllm", "gate.allow_unresolved=true")
    options = [word for setting in settings for word in ("--set", setting)]
    result = audit("compare-models", *experts, "--probes", probes, "--out", run, *options)
    assert result.returncode in (0, 3, 4), result.stderr
    arms = json.loads((run / "manifest.json").read_text())["arms"]
    assert {arm["taken_on"]["way"] for arm in arms.values()} == {"engine of its own"}
    proof = arms["after"]["weights_proof"]
    assert proof["moved"] == pytest.approx(proof["expected_move"], abs=1e-3)
    assert proof["moved"] > 0.01
    page = (run / "report.html").read_text()
    assert "engine of its own, since the model has a mixture of experts" in page
