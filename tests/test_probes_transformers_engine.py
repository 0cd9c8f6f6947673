"""Does the fallback engine answer every question, with weights swapped in place?"""

import shutil
from pathlib import Path

import torch
from opened_arms import opened
from safetensors.torch import save_file

from audit.run.model_folder import ModelFolder
from audit.run.weights import HEAD, read_weights
from audit.settings.run_config import GenerationConfig
from probes.adapters.merging import base_tensors
from probes.engines.engine import Question
from probes.engines.transformers_engine import TransformersEngine
from probes.rendering import load_tokenizer


def test_it_answers_and_swaps_weights(tiny_model: Path, tmp_path: Path) -> None:
    """Greedy answers repeat, change with the weights, and come back with the old ones."""
    engine = TransformersEngine(tiny_model, "float32")
    tokenizer = load_tokenizer(tiny_model)
    questions = [
        Question(f"p{place}", 0, tokenizer.encode("Why is it so? " * (place + 1)), seed=place)
        for place in range(5)
    ]
    settings = GenerationConfig(max_tokens=8, max_num_seqs=2)
    first = list(engine.ask(questions, settings))
    weights = read_weights(ModelFolder(tiny_model, "tiny", None))
    generator = torch.Generator().manual_seed(1)
    shaken = {
        name: tensor + 0.05 * torch.randn(tensor.shape, generator=generator)
        for name, tensor in base_tensors(weights)
        if name != HEAD
    }
    other = shutil.copytree(tiny_model, tmp_path / "shaken")
    save_file(shaken, other / "model.safetensors", metadata={"format": "pt"})
    engine.become(opened("shaken", other))
    second = list(engine.ask(questions, settings))
    engine.become(opened("first", tiny_model))
    assert [answer.probe_id for answer in first] == [f"p{place}" for place in range(5)]
    assert [a.text for a in first] != [a.text for a in second]
    assert list(engine.ask(questions, settings)) == first
