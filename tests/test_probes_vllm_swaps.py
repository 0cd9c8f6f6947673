"""Is one vLLM engine each of several models in turn: a base, a full fine-tune and an adapter?"""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from adapter_zoo import save_adapter
from transformers import AutoModelForCausalLM

PROGRAM = Path(__file__).with_name("proven_swaps.py")


def save_untied(tied: Path, folder: Path) -> Path:
    """Save a model of its own with an output head apart from the embedding."""
    shutil.copytree(tied, folder)
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "tie_word_embeddings": False}))
    torch.manual_seed(4)
    config = AutoModelForCausalLM.from_pretrained(tied).config
    config.tie_word_embeddings = False
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    return folder


def save_full(base: Path, folder: Path) -> Path:
    """Save a full fine-tune, every matrix of which is changed."""
    shutil.copytree(base, folder)
    model = AutoModelForCausalLM.from_pretrained(base)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.add_(0.02 * torch.randn_like(parameter))
    model.save_pretrained(folder)
    return folder


def become_all(base: Path, folder: Path, *, stale: bool = False, **settings: Any) -> dict[str, Any]:
    """Return how far each arm was from transformers, or how the proof failed."""
    adapter = save_adapter(base, folder / "adapter", **settings)
    full = save_full(base, folder / "full")
    arguments = [str(base), str(full), str(adapter), *(["stale"] if stale else [])]
    result = subprocess.run(
        [sys.executable, str(PROGRAM), *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return dict(json.loads(result.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "targets", [["q_proj", "down_proj"], ["embed_tokens", "lm_head", "q_proj"]]
)
def test_a_tied_model_and_its_kin(targets: list[str], tiny_model: Path, tmp_path: Path) -> None:
    """Each answers with its own weights, an adapter that parts embedding and head included."""
    found = become_all(tiny_model, tmp_path, target_modules=targets)
    assert found.keys() == {"before", "full", "after", "again"}, found
    assert max(found.values()) < 1e-4


def test_an_untied_model_and_its_kin(tiny_model: Path, tmp_path: Path) -> None:
    """Each answers with its own weights."""
    untied = save_untied(tiny_model, tmp_path / "untied")
    found = become_all(untied, tmp_path, target_modules=["embed_tokens", "lm_head", "q_proj"])
    assert found.keys() == {"before", "full", "after", "again"}, found
    assert max(found.values()) < 1e-4


@pytest.mark.skipif(torch.cuda.is_available(), reason="vLLM keeps a packed head on CPUs only")
def test_a_stale_head_stops_the_run(tiny_model: Path, tmp_path: Path) -> None:
    """Without a head of its own, vLLM's CPU build answers with the base's: nobody's model."""
    found = become_all(tiny_model, tmp_path, stale=True)
    assert 'the weights of "full"' in found["failed"], found
