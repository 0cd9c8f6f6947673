"""Are vLLM's engine arguments taken by their own names, checked, and part of what was asked?"""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import Audit

from probes.engines.arguments import SET_HERE, wrong_arguments
from probes.engines.installed import vllm_is_installed


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("tensor_paralel_size", 'did you mean "tensor_parallel_size"?'),
        ("quick", "name one of vLLM's EngineArgs"),
        ("worker_cls", "runs no code"),
        ("hf_token", "holds no secret"),
        ("dtype", "set model.dtype"),
        ("max_num_seqs", "set the key of generation"),
    ],
)
def test_what_cannot_be_set_is_told_before_anything_starts(name: str, says: str) -> None:
    """A wrong name is told with the nearest, and one that is set elsewhere with its place."""
    if not vllm_is_installed():
        pytest.skip("vLLM is not installed")
    (problem,) = wrong_arguments({name: 1})
    assert problem.where == f"generation.vllm.{name}"
    assert says in problem.fix
    assert wrong_arguments({"tensor_parallel_size": 2, "block_size": 16}) == []


def test_no_argument_that_runs_code_is_left_to_a_configuration() -> None:
    """A run that was sent around brings none."""
    code = {"trust_remote_code", "worker_cls", "worker_extension_cls", "logits_processors"}
    assert code | {"scheduler_cls", "io_processor_plugin", "hf_token"} <= SET_HERE.keys()


def _compare(audit: Audit, model: Path, out: Path, *settings: str) -> Any:
    small = ("probes=[{set: harmful, limit: 4}]", "generation.max_tokens=4")
    small += ("gate.allow_unresolved=true", "generation.noise_floor=false", *settings)
    words = [word for setting in small for word in ("--set", setting)]
    return audit("compare-models", model, model, *words, "--out", out)


def test_an_engine_argument_reaches_vllm_and_the_identity(
    audit: Audit, tiny_model: Path, tmp_path: Path
) -> None:
    """What vLLM refuses is told in its words; what it takes counts as what was asked."""
    wrong = _compare(audit, tiny_model, tmp_path / "wrong", "generation.vllm={block_size: many}")
    assert wrong.returncode == 2, wrong.stderr
    assert "vLLM refuses the engine arguments block_size" in wrong.stderr
    shutil.rmtree(tmp_path / "wrong")
    run = tmp_path / "run"
    found = _compare(audit, tiny_model, run, "generation.vllm={max_num_batched_tokens: 512}")
    assert found.returncode in (0, 3, 4), found.stderr
    identity = json.loads((run / "manifest.json").read_text())["arms"]["after"]["identity"]
    assert identity["engine_settings"]["max_num_batched_tokens"] == 512
    assert "vllm" not in identity["decoding"]
