"""How far is an engine from transformers where its weights are right, and how far where not?

Run it with `python benchmarks/canaries.py MODEL_FOLDER [float32|bfloat16] [vllm|transformers]
[asked]`. It makes an adapter and a full fine-tune of the model in a temporary folder, takes on the
model, both, and the model again in one engine, and prints for each how far the log-probabilities of
the fixed texts are from transformers' in float32, how far from the model's, and what the proof
took. With `asked` the engine answers one prompt before the first proof, which shows how much of
that proof's time is any engine's first call.
"""

import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from audit.run.arm import AdapterWeights, FullWeights, Source, new_arm
from audit.run.model_folder import ModelFolder
from audit.settings.run_config import GenerationConfig
from probes.adapters.adapter import read_adapter
from probes.arms import OpenedArm
from probes.canaries import canary_texts, distance
from probes.engines.engine import Loading, Question
from probes.engines.loading import load_engine
from probes.engines.reference import expected_log_probabilities

SIZE = 1e-2
"""The size of the fine-tune's change against the weights; DPO's are between 1e-4 and 1e-1."""


def main() -> None:
    """Print a line for each arm."""
    model = ModelFolder(Path(sys.argv[1]).resolve(), sys.argv[1], None)
    dtype = sys.argv[2] if sys.argv[2:] else "float32"
    engine_name = sys.argv[3] if sys.argv[3:] else "vllm"
    with TemporaryDirectory() as folder:
        arms = list(made_arms(model, Path(folder)))
        texts = canary_texts(model.folder)
        started = time.perf_counter()
        expected = expected_log_probabilities(arms, texts)
        seconds = time.perf_counter() - started
        print(f"expected: {seconds:.2f} s for three arms, {len(expected['before'])} tokens")
        settings = GenerationConfig.model_validate(
            {"engine": engine_name, "max_num_seqs": 8, "max_tokens": 8}
        )
        loading = Loading(model, dtype, 64, None, untied=False)
        engine = load_engine(loading, settings, print)
        if sys.argv[4:] == ["asked"]:
            started = time.perf_counter()
            engine.become(arms[0])
            list(engine.ask([Question("first", 0, texts[0], 0)], settings))
            print(f"one answer before the first proof: {time.perf_counter() - started:.2f} s")
        print(f"{'arm':10} {'apart':>9} {'from before':>12} {'swap s':>7} {'proof s':>8}")
        for arm in arms:
            started = time.perf_counter()
            engine.become(arm)
            swapped = time.perf_counter()
            stated = engine.log_probabilities(texts)
            ended = time.perf_counter()
            apart = distance(stated, expected[arm.name])
            moved = distance(stated, expected["before"])
            took = f"{swapped - started:7.2f} {ended - swapped:8.2f}"
            print(f"{arm.name:10} {apart:9.2e} {moved:12.2e} {took}")


def made_arms(model: ModelFolder, folder: Path) -> Iterator[OpenedArm]:
    """Yield the model, a full fine-tune, an adapter, and the model again."""
    torch.manual_seed(0)
    full = ModelFolder(Path(shutil.copytree(model.folder, folder / "full")), "full", None)
    for file in full.weight_files():
        tensors = load_file(file)
        changed = {
            name: one + SIZE * one.std() * torch.randn_like(one) if one.ndim > 1 else one
            for name, one in tensors.items()
        }
        save_file(changed, file, metadata={"format": "pt"})
    peft = get_peft_model(
        AutoModelForCausalLM.from_pretrained(model.folder),
        LoraConfig(r=16, target_modules="all-linear", init_lora_weights="gaussian"),
    )
    with torch.no_grad():
        for name, parameter in peft.named_parameters():
            if "lora_B" in name:
                parameter.normal_(0, SIZE)
    peft.save_pretrained(folder / "adapter")
    adapter = read_adapter(folder / "adapter", model)
    files = model.files()
    on_base = AdapterWeights(
        kind="adapter", model=files, folder=str(folder / "adapter"), sha256=adapter.sha256
    )
    whole: dict[str, Source] = {
        "before": FullWeights(kind="full", model=files),
        "full": FullWeights(kind="full", model=full.files()),
    }
    before, fine_tuned = (new_arm(name, one, step=None, run=None) for name, one in whole.items())
    yield OpenedArm(before, model, files.weights_sha256, None)
    yield OpenedArm(fine_tuned, full, full.digest(), None)
    after = new_arm("after", on_base, step=None, run=None)
    yield OpenedArm(after, model, files.weights_sha256, adapter)
    yield OpenedArm(before, model, files.weights_sha256, None)


if __name__ == "__main__":
    main()
