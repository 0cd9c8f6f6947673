"""Do a QLoRA run and a full fine-tune of a small model go to their pages, and at which price?

Run it with `.venv/bin/python benchmarks/smollm2_methods.py [--steps N] [--out FOLDER]`. SmolLM2
learns from the demo pairs by an adapter, by an adapter on weights in 4 bits (QLoRA) and as a whole
model, and each run is asked 20 probes of each kind, judged, compared and reported by the `audit`
command. Printed are the machine and, for each run, what training took, how far the engine's
log-probabilities of the trained arm are from transformers' (the canaries), and the axes.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from audit.axis import AXES
from audit.errors import Exit
from audit.jobs.doctor import examine

PROJECT = Path(__file__).parents[1]
MODEL = PROJECT / "models" / "SmolLM2-135M-Instruct"
PAIRS_A_STEP = 4
METHODS = {
    "LoRA": {"learning_rate": 4e-4},
    "QLoRA": {"learning_rate": 4e-4, "load_in_4bit": True},
    "whole model": {"learning_rate": 1e-5, "lora": None},
}
ENDED = (Exit.OK, Exit.REGRESSED, Exit.INCONCLUSIVE)


def main() -> None:
    """Make the runs one after the other, and print a part for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--out", type=Path, help="where runs are kept, and taken up; nowhere")
    given = parser.parse_args()
    machine = examine()
    for name in ("audit", "processor", "memory"):
        print(f"{name}: {machine[name]}")
    with TemporaryDirectory() as folder:
        for method, settings in METHODS.items():
            run = (given.out or Path(folder)) / method.replace(" ", "-").lower()
            _make(run, _configuration(given.model.resolve(), given.steps, settings))
            _print_run(method, run)


def _configuration(model: Path, steps: int, settings: dict[str, Any]) -> dict[str, Any]:
    kinds = ("harmful", "borderline", "helpful")
    return {
        "model": {"path": str(model), "dtype": "float32"},
        "preferences": {"path": "demo", "limit": steps * PAIRS_A_STEP},
        "train": {
            "per_device_train_batch_size": PAIRS_A_STEP,
            "max_length": 128,
            "loss_type": ["sigmoid", "sft"],
            **settings,
        },
        "probes": [{"set": kind, "limit": 20} for kind in kinds],
        "generation": {"max_tokens": 32},
        "gate": {"allow_unresolved": True},
    }


def _make(run: Path, configuration: dict[str, Any]) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "run.yaml"
        file.write_text(json.dumps(configuration), encoding="utf-8")
        command = ["audit", "train-and-compare", str(file), "--out", str(run), "--resume"]
        ended = subprocess.run([sys.executable, "-P", "-m", *command], check=False)
    if ended.returncode not in ENDED:
        sys.exit(ended.returncode)


def _print_run(method: str, run: Path) -> None:
    manifest, comparison = (
        json.loads((run / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("manifest", "comparison")
    )
    trained, proof = manifest["train"], manifest["arms"]["after"]["weights_proof"]
    memory = trained["peak_memory_bytes"] / 1e9
    print(f"{method}: {trained['seconds_a_step']:.2f} s a step, {memory:.2f} GB at most")
    seconds = ", ".join(f"{stage} {taken:.0f} s" for stage, taken in manifest["seconds"].items())
    print(f"  stages: {seconds}")
    print(
        f"  canaries of after: {proof['largest_difference']:.2e} nats from transformers, where "
        f"{proof['tolerance']:.0e} is allowed; {proof['moved']:.2e} from before"
    )
    for axis in AXES:
        ends = (comparison["axes"][axis.name][arm]["rate"] for arm in ("before", "after"))
        print("  {}: {:.1%} to {:.1%}".format(axis.title, *ends))
    print(f"  verdict: {comparison['verdict']}", flush=True)


if __name__ == "__main__":
    main()
