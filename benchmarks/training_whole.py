"""How long does a whole training on HH-RLHF take, beside TRL's own defaults, and is it as good?

Run it with `.venv/bin/python -P benchmarks/training_whole.py [MODEL] [--small] [--pairs N]`. Both
sides train the same adapter on the same harmless pairs for as many steps, each time in a process of
its own: TRL's DPOTrainer at its defaults, and this program at its own, in the surroundings that its
training stage has, with pairs of like length in one step (`train.train_sampling_strategy:
group_by_length`), once with the reference's log-probabilities to compute and once with those kept,
as a resumed run and each run of a sweep after the first have them. Counted are seconds of processor
time from the loading of the model to the last step, since other programs may use the machine too;
the loss on held-out pairs, 0.6931 before training, is measured afterwards. Printed too is by how
much padding makes the tokens of all harmless pairs more, at 8 pairs at once, drawn at random and
grouped. Both sides have the same learning rate and 4 pairs at once, for memory's sake, and TRL's
bf16 is off, which a CPU computes slowly. `--small` takes a model of random weights with the
tokenizer of MODEL. Without the data beside this checkout nothing is run, and the reason is said.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import mean
from typing import Any

from audit.jobs.child import TRAINING, environment_of
from audit.jobs.doctor import examine

PROJECT = Path(__file__).parents[1]
MODEL = PROJECT / "models" / "SmolLM2-135M-Instruct"
DATA = PROJECT.parent / "shared" / "data" / "preferences" / "harmless-base" / "test.jsonl.gz"
QUIET = {**os.environ, "TQDM_DISABLE": "1", "HF_HUB_OFFLINE": "1"}
RATE, AT_ONCE, HELD_OUT = 1e-4, 4, 16
SIDES = ("TRL", "this program")
KEPT = "this program, reference kept"
SMALL = {
    "hidden_size": 256,
    "intermediate_size": 512,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
}


def main() -> None:
    """Train by turns, and print each side's seconds and its loss on held-out pairs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", type=Path, default=MODEL)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--pairs", type=int, default=32)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if not DATA.exists():
        print(f"skipped: {DATA} is not there")
        return
    if given.side:
        print(json.dumps(_side(given.side, given.model.resolve(), given.pairs, given.seed)))
        return
    machine = examine()
    for name in ("audit", "processor", "memory"):
        print(f"{name}: {machine[name]}")
    _print_padding(given.model)
    with tempfile.TemporaryDirectory() as folder:
        model = _small(given.model, Path(folder)) if given.small else given.model.resolve()
        turns = [
            turn
            for seed in range(given.seeds)
            for side in SIDES
            for turn in _in_a_process(side, model, given.pairs, seed)
        ]
    _print_table(turns)


def _print_padding(model: Path) -> None:
    """Print how many tokens are computed for each that is there, drawn at random and grouped."""
    import torch
    from transformers import AutoTokenizer

    from audit.settings.preferences import PreferencesConfig
    from audit.settings.training import TrainConfig
    from train.grouping import GroupedByLength
    from train.preferences import load_preferences
    from train.tokens import tokenize

    settings, tokenizer = TrainConfig(), AutoTokenizer.from_pretrained(model)
    size, limit = settings.per_device_train_batch_size, settings.max_length
    pairs = load_preferences(PreferencesConfig(path=str(DATA), invalid_rows="drop"), 0).train
    lengths = [min(tokenize(tokenizer, pair, {}).longest, limit) for pair in pairs]
    orders = {
        "at random": torch.randperm(len(lengths), generator=torch.manual_seed(0)).tolist(),
        "grouped": list(GroupedByLength(lengths, size, seed=0)),
    }
    for name, order in orders.items():
        steps = [[lengths[n] for n in order[at : at + size]] for at in range(0, len(order), size)]
        padded = sum(max(step) * len(step) for step in steps) / sum(lengths)
        print(f"padding {name}: {padded:.2f} times the tokens of {len(lengths)} pairs", flush=True)


def _in_a_process(side: str, model: Path, pairs: int, seed: int) -> list[dict[str, Any]]:
    taken = ["--pairs", str(pairs), "--side", side, "--seed", str(seed)]
    command = [sys.executable, "-P", __file__, str(model), *taken]
    env = QUIET if side == SIDES[0] else environment_of(TRAINING) | QUIET
    ended = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=env)
    turns: list[dict[str, Any]] = json.loads(ended.stdout.splitlines()[-1])
    for turn in turns:
        print(f"{turn['side']}, seed {seed}: {_said(turn)}", flush=True)
    return turns


def _said(turn: dict[str, Any]) -> str:
    return f"{turn['seconds']:.0f} s, {turn['steps']} steps, held-out loss {turn['loss']:.4f}"


def _print_table(turns: list[dict[str, Any]]) -> None:
    seconds, losses = (
        {side: [turn[key] for turn in turns if turn["side"] == side] for side in (*SIDES, KEPT)}
        for key in ("seconds", "loss")
    )
    for side in (*SIDES, KEPT):
        ratio = mean(seconds[SIDES[0]]) / mean(seconds[side])
        ends = f"{min(losses[side]):.4f} to {max(losses[side]):.4f}"
        print(f"{side}: {mean(seconds[side]):.0f} s, {ratio:.2f} times TRL's speed; loss {ends}")


def _small(model: Path, folder: Path) -> Path:
    """Save a model of random weights that reads with another's tokenizer and template."""
    import torch
    from transformers import AutoConfig, AutoTokenizer, LlamaForCausalLM

    AutoTokenizer.from_pretrained(model).save_pretrained(folder)
    torch.manual_seed(0)
    described = AutoConfig.from_pretrained(model)
    for name, value in SMALL.items():
        setattr(described, name, value)
    described.head_dim = SMALL["hidden_size"] // SMALL["num_attention_heads"]
    LlamaForCausalLM(described).save_pretrained(folder)
    return folder


def _side(side: str, model: Path, pairs: int, seed: int) -> list[dict[str, Any]]:
    """Train once or, where the reference is kept, twice."""
    from audit.settings.preferences import PreferencesConfig
    from train.preferences import load_preferences

    named = PreferencesConfig(path=str(DATA), limit=pairs, eval_limit=HELD_OUT, invalid_rows="drop")
    preferences = load_preferences(named, 0)
    with tempfile.TemporaryDirectory() as folder:
        if side == SIDES[0]:
            return [_timed(side, lambda: _trl(model, preferences, Path(folder), seed))]
        return [
            _timed(name, lambda: _ours(model, preferences, Path(folder), seed))
            for name in (side, KEPT)
        ]


def _timed(side: str, make: Any) -> dict[str, Any]:
    started = time.process_time()
    trainer = make()
    trainer.train()
    seconds = time.process_time() - started
    loss = trainer.evaluate()["eval_loss"]
    steps = trainer.state.global_step
    return {"side": side, "seconds": seconds, "loss": loss, "steps": steps}


def _trl(model: Path, preferences: Any, folder: Path, seed: int) -> Any:
    """Return TRL's trainer at its defaults, with our adapter."""
    import torch
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import DPOConfig, DPOTrainer

    from train.methods.dpo import Trainer

    settings = DPOConfig(
        output_dir=str(folder),
        learning_rate=RATE,
        per_device_train_batch_size=AT_ONCE,
        per_device_eval_batch_size=AT_ONCE,
        num_train_epochs=1,
        seed=seed,
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
        eval_dataset=Trainer.rows(preferences.evaluation, {}),
        processing_class=AutoTokenizer.from_pretrained(model),
        peft_config=LoraConfig(
            task_type="CAUSAL_LM",
            r=16,
            lora_alpha=32,
            lora_dropout=0.0,
            target_modules="all-linear",
        ),
    )


def _ours(model: Path, preferences: Any, folder: Path, seed: int) -> Any:
    """Return the trainer that `audit train` makes of its own defaults, with pairs grouped."""
    from audit.run.directory import RunDirectory
    from audit.run.model_folder import find_model
    from audit.settings.model import ModelConfig
    from audit.settings.run_config import RunConfig
    from audit.settings.training import TrainConfig
    from train.resuming import NOTHING
    from train.trainer import make_trainer

    given = {
        "learning_rate": RATE,
        "per_device_train_batch_size": AT_ONCE,
        "seed": seed,
        "train_sampling_strategy": "group_by_length",
    }
    named = ModelConfig(path=str(model), dtype="float32")
    config = RunConfig(model=named, train=TrainConfig.model_validate(given))
    run = RunDirectory(folder)
    run.train.mkdir(exist_ok=True)
    run.metrics.unlink(missing_ok=True)
    files = find_model(named).files()
    return make_trainer(config, files, preferences, run, _say_nothing, NOTHING)


def _say_nothing(_: object) -> None:
    """Take the place of a terminal."""


if __name__ == "__main__":
    main()
