"""Does a step of this program take as long as a step of plain TRL, and learn the same?

Run it with `.venv/bin/python benchmarks/training.py [MODEL] [--pairs FILE] [--steps N]`. Both train
the same model on the same pairs under the same settings, by turns, each time in a process of its
own: TRL's DPOTrainer as its documents show it, and the trainer that `audit train` makes, with all
that it writes and watches. Printed are
the machine, the seconds of a step (the median of all but the first of each turn) and the largest
difference between two losses of the same step.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from audit.jobs.doctor import examine

PROJECT = Path(__file__).parents[1]
MODEL = PROJECT / "models" / "SmolLM2-135M-Instruct"
PAIRS_A_STEP, MAX_LENGTH, RATE, SEED = 2, 128, 1e-4, 0
TURNS = ("plain TRL", "this program") * 2


def main() -> None:
    """Train by turns, and print both sides."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", type=Path, default=MODEL)
    parser.add_argument("--pairs", default="demo", help="preference data, as preferences.path")
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--side", choices=TURNS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        print(json.dumps(_train(given.side, given.model.resolve(), given.pairs, given.steps)))
        return
    machine = examine()
    for name in ("audit", "processor", "memory"):
        print(f"{name}: {machine[name]}")
    _print_table([_in_a_process(side, given) for side in TURNS])


def _in_a_process(side: str, given: argparse.Namespace) -> dict[str, Any]:
    taken = ["--pairs", given.pairs, "--steps", str(given.steps), "--side", side]
    command = [sys.executable, __file__, str(given.model), *taken]
    ended = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    turn = dict(json.loads(ended.stdout.splitlines()[-1]))
    print(f"{side}: {median(turn['seconds'][1:]):.3f} s a step in this turn", flush=True)
    return turn


def _print_table(turns: list[dict[str, Any]]) -> None:
    seconds = {
        side: [s for turn in turns if turn["side"] == side for s in turn["seconds"][1:]]
        for side in TURNS
    }
    plain, ours = (median(seconds[side]) for side in TURNS[:2])
    for side in TURNS[:2]:
        shown = (
            f"{median(seconds[side]):.3f} ({min(seconds[side]):.3f} to {max(seconds[side]):.3f})"
        )
        print(f"{side}: {shown} s a step of {PAIRS_A_STEP} pairs")
    apart = max(
        abs(one - other)
        for turn in turns[1:]
        for one, other in zip(turns[0]["losses"], turn["losses"], strict=True)
    )
    steps = len(turns[0]["losses"])
    print(f"ratio: {ours / plain:.3f}; losses are at most {apart:.1e} apart in {steps} steps")


def _train(side: str, model: Path, pairs: str, steps: int) -> dict[str, Any]:
    """Train once, and return the seconds and the loss of each step."""
    from transformers import TrainerCallback

    class Clock(TrainerCallback):
        """Note when each step begins, and the loss of each."""

        def __init__(self) -> None:
            self.begun: list[float] = []
            self.losses: list[float] = []

        def on_step_begin(self, *_: Any, **__: Any) -> None:
            self.begun.append(time.perf_counter())

        def on_log(self, *_: Any, logs: dict[str, float], **__: Any) -> None:
            if "loss" in logs:
                self.losses.append(logs["loss"])

    with tempfile.TemporaryDirectory() as folder:
        make = _plain if side == TURNS[0] else _ours
        trainer = make(model, _preferences(pairs, steps), Path(folder))
        clock = Clock()
        trainer.add_callback(clock)
        trainer.train()
    lasted = [end - begin for begin, end in pairwise(clock.begun)]
    return {"side": side, "seconds": lasted, "losses": clock.losses}


def _preferences(pairs: str, steps: int) -> Any:
    from audit.settings.preferences import PreferencesConfig
    from train.preferences import load_preferences

    limited = PreferencesConfig(path=pairs, limit=steps * PAIRS_A_STEP, invalid_rows="drop")
    return load_preferences(limited, SEED)


def _plain(model: Path, preferences: Any, folder: Path) -> Any:
    """Return TRL's own trainer with nothing of ours."""
    import torch
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import DPOConfig, DPOTrainer

    from train.methods.dpo import Trainer

    settings = DPOConfig(
        output_dir=str(folder),
        beta=0.1,
        learning_rate=RATE,
        per_device_train_batch_size=PAIRS_A_STEP,
        max_length=MAX_LENGTH,
        precompute_ref_log_probs=True,
        gradient_checkpointing=False,
        logging_steps=1,
        seed=SEED,
        num_train_epochs=1,
        bf16=False,
        use_cpu=not torch.cuda.is_available(),
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
    )
    return DPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32),
        args=settings,
        train_dataset=Trainer.rows(preferences.train, {}),
        processing_class=AutoTokenizer.from_pretrained(model),
        peft_config=LoraConfig(
            task_type="CAUSAL_LM",
            r=16,
            lora_alpha=32,
            lora_dropout=0.0,
            target_modules="all-linear",
        ),
    )


def _ours(model: Path, preferences: Any, folder: Path) -> Any:
    """Return the trainer that `audit train` makes of the same settings."""
    from audit.run.directory import RunDirectory
    from audit.run.model_folder import find_model
    from audit.settings.model import ModelConfig
    from audit.settings.run_config import RunConfig
    from audit.settings.training import TrainConfig
    from train.resuming import NOTHING
    from train.trainer import make_trainer

    train = TrainConfig(
        learning_rate=RATE,
        per_device_train_batch_size=PAIRS_A_STEP,
        max_length=MAX_LENGTH,
        seed=SEED,
    )
    named = ModelConfig(path=str(model), dtype="float32")
    run = RunDirectory(folder)
    run.train.mkdir()
    files = find_model(named).files()
    config = RunConfig(model=named, train=train)
    return make_trainer(config, files, preferences, run, _say_nothing, NOTHING)


def _say_nothing(_: object) -> None:
    """Take the place of a terminal."""


if __name__ == "__main__":
    main()
