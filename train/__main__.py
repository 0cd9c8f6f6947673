"""Train a LoRA adapter with DPO, as the run's configuration says, and save it into the run."""

import platform
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import torch
from transformers import set_seed

from audit.errors import InputError, Problem
from audit.files.lines import read_records, write_json
from audit.records import Probe
from audit.run.directory import RunDirectory
from audit.run.manifest import Training
from audit.run.messages import Tell
from audit.run.models_here import model_to_train
from audit.run.stage_program import run_stage_program
from audit.settings.run_config import RunConfig
from audit.settings.yaml_file import load_run_config
from train.checks import check_training
from train.contamination import find_contamination
from train.dpo import make_trainer
from train.inspection import shape_of
from train.metrics import keep_until
from train.preferences import Preferences, load_preferences
from train.resuming import NOTHING, close_metrics, forget_torn_checkpoints, is_last, read_mark

ADAPTER_FILES = ("adapter_config.json", "adapter_model.safetensors")


def train(run: RunDirectory, tell: Tell) -> None:
    """Train to the end from the newest whole checkpoint, and mark the stage as done last."""
    config = load_run_config(run.config)
    model_to_train(run)  # refused before anything is read
    pairs = config.needed_preferences(str(run.config))
    preferences = load_preferences(pairs, config.train.seed)
    tell(_described(preferences))
    run.train.mkdir(exist_ok=True)
    _report_contamination(run, preferences, tell)
    noted = _note_preferences(run, preferences)
    checkpoint = forget_torn_checkpoints(run)
    keep_until(run, read_mark(checkpoint).step if checkpoint else -1)
    started = time.time()
    if checkpoint and is_last(checkpoint):
        tell("every step was made already")
        close_metrics(run, read_mark(checkpoint))
        _put_in_place(run, lambda folder: _copy_adapter(checkpoint, folder))
    else:
        check_training(config, Path(model_to_train(run).folder), preferences, tell)
        _train_from(checkpoint, run, config, preferences, tell)
    seconds = round(time.time() - started, 1)
    ended = noted.model_copy(update={"last_session_seconds": seconds, "device": _device()})
    run.update_manifest(lambda manifest: manifest.with_training(ended).with_done("train"))


def _report_contamination(run: RunDirectory, preferences: Preferences, tell: Tell) -> None:
    probes = [probe for _, probe in read_records(run.probes, Probe)]
    overlap = find_contamination([*preferences.train, *preferences.evaluation], probes)
    write_json(run.contamination, asdict(overlap))
    tell(overlap.sentence())


def _described(preferences: Preferences) -> str:
    counts = f"{len(preferences.train)} pairs to train on"
    if preferences.evaluation:
        counts += f", {len(preferences.evaluation)} to evaluate on"
    if preferences.dropped:
        counts += f"; {preferences.dropped} rows could not be used and were dropped"
    return f"preferences: {counts}"


def _note_preferences(run: RunDirectory, preferences: Preferences) -> Training:
    """Write into the manifest what is trained on, and return it.

    Raises:
        InputError: the run began to train on other pairs.
    """
    before = run.read_manifest().train
    if before is not None and before.preferences_sha256 != preferences.sha256:
        what = "the preference data is not what this run began to train on"
        raise InputError(Problem(str(run.root), what, "restore the data, or start a new run"))
    packages = ("torch", "transformers", "trl", "peft", "accelerate")
    training = Training(
        preferences_sha256=preferences.sha256,
        pairs=len(preferences.train),
        evaluation_pairs=len(preferences.evaluation),
        dropped_rows=preferences.dropped,
        shape=shape_of(preferences.train),
        versions={name: version(name) for name in packages},
        device=before.device if before else None,
        last_session_seconds=before.last_session_seconds if before else None,
    )
    run.update_manifest(lambda manifest: manifest.with_training(training))
    return training


def _train_from(
    checkpoint: Path | None,
    run: RunDirectory,
    config: RunConfig,
    preferences: Preferences,
    tell: Tell,
) -> None:
    """Make the steps that come after a checkpoint, and save the adapter."""
    set_seed(config.train.seed)
    before = read_mark(checkpoint) if checkpoint else NOTHING
    trainer = make_trainer(config, model_to_train(run), preferences, run, tell, before)
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    _put_in_place(
        run, lambda folder: trainer.model.save_pretrained(folder, safe_serialization=True)
    )


def _copy_adapter(checkpoint: Path, folder: Path) -> None:
    """Copy what peft saved of the adapter, without the trainer's own state."""
    folder.mkdir()
    for name in ADAPTER_FILES:
        shutil.copyfile(checkpoint / name, folder / name)


def _put_in_place(run: RunDirectory, save: Callable[[Path], object]) -> None:
    """Save the adapter beside its place, then move it there in one step."""
    partial = run.adapter.with_name("adapter.partial")
    shutil.rmtree(partial, ignore_errors=True)
    save(partial)
    shutil.rmtree(run.adapter, ignore_errors=True)
    partial.rename(run.adapter)


def _device() -> str:
    return torch.cuda.get_device_name() if torch.cuda.is_available() else platform.machine()


if __name__ == "__main__":
    run_stage_program(RunDirectory, train)
