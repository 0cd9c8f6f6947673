"""Train an adapter or a whole model, as the configuration says, into the run."""

import platform
import time
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from transformers import set_seed

from audit.errors import InputError, Problem
from audit.files.lines import read_records, write_json
from audit.records import Probe
from audit.run.directory import RunDirectory
from audit.run.manifest import Manifest, Training
from audit.run.messages import IsEnough, Tell
from audit.run.models_here import model_to_train
from audit.run.stage_program import run_answered_program
from audit.settings.run_config import RunConfig
from audit.settings.yaml_file import load_run_config
from train import ranks
from train.asking import Asker
from train.checks import check_training, end_tokens
from train.contamination import find_contamination
from train.devices import refuse_few_gpus, take_one_gpu
from train.inspection import shape_of
from train.loading import load_tokenizer
from train.metrics import StepClock, keep_until
from train.preferences import Preferences, load_preferences
from train.reference import reference_words
from train.resuming import NOTHING, close_metrics, forget_torn_checkpoints, is_last, read_mark
from train.saving import save_trained, take_from_checkpoint
from train.sizes import GIGABYTE, peak_memory_bytes
from train.trackers import note_trackers
from train.trainer import ROWS, make_trainer


def train(run: RunDirectory, tell: Tell, is_lost: IsEnough) -> None:
    """Train to the end from the newest whole checkpoint, and mark the stage as done last.

    `is_lost` says of a step that was asked whether training should end there.
    """
    config = load_run_config(run.config)
    if not config.train.is_launched:
        take_one_gpu(tell)
    refuse_few_gpus(config.train.processes)
    model = Path(model_to_train(run).folder)  # refused before anything is read
    pairs = config.needed_preferences(str(run.config))
    preferences = load_preferences(
        pairs, config.train.seed, unpaired=config.train.learns_from_thumbs
    )
    tell(_described(preferences, config.train.unit))
    tell(f"reference: {reference_words(run)}")
    if ranks.is_first():
        _prepare(run, preferences, tell)
    ranks.wait_for_all()
    checkpoint = forget_torn_checkpoints(run)  # the first process has removed them
    started, step_seconds = time.time(), None
    if checkpoint and _is_end(checkpoint, run):
        tell("every step was made already")
        if ranks.is_first():
            close_metrics(run, read_mark(checkpoint))
            take_from_checkpoint(checkpoint, _place(run, config), model)
    else:
        check_training(config, model, preferences, tell)
        step_seconds = _train_from(checkpoint, run, config, preferences, tell, is_lost)
    if ranks.is_first():
        told = _measured(time.time() - started, step_seconds, tell)
        run.update_manifest(lambda manifest: _ended(manifest, told))


def _prepare(run: RunDirectory, preferences: Preferences, tell: Tell) -> None:
    """Write what is known before training, and take away what a stopped one has begun."""
    run.train.mkdir(exist_ok=True)
    ranks.forget_shared(run.train / ROWS)
    _report_contamination(run, preferences, tell)
    _note_preferences(run, preferences)
    checkpoint = forget_torn_checkpoints(run)
    keep_until(run, read_mark(checkpoint).step if checkpoint else -1)


def _measured(seconds: float, step_seconds: float | None, tell: Tell) -> dict[str, Any]:
    """Tell and return what the session took."""
    peak = peak_memory_bytes()
    if step_seconds is not None:
        tell(f"measured: {step_seconds:.2f} s a step, {peak / GIGABYTE:.2f} GB of memory at most")
    return {
        "last_session_seconds": round(seconds, 1),
        "seconds_a_step": step_seconds,
        "peak_memory_bytes": peak,
        "device": _device(),
    }


def _ended(manifest: Manifest, told: dict[str, Any]) -> Manifest:
    """Return the manifest of a run whose training has just ended."""
    if manifest.train is None:
        return manifest.with_done("train")
    return manifest.with_training(manifest.train.model_copy(update=told)).with_done("train")


def _report_contamination(run: RunDirectory, preferences: Preferences, tell: Tell) -> None:
    probes = [probe for _, probe in read_records(run.probes, Probe)]
    overlap = find_contamination([*preferences.train, *preferences.evaluation], probes)
    write_json(run.contamination, asdict(overlap))
    tell(overlap.sentence())


def _described(preferences: Preferences, unit: str) -> str:
    counts = f"{len(preferences.train)} {unit} to train on"
    if preferences.evaluation:
        counts += f", {len(preferences.evaluation)} to evaluate on"
    if preferences.dropped:
        counts += f"; {preferences.dropped} rows could not be used and were dropped"
    return f"preferences: {counts}"


def _note_preferences(run: RunDirectory, preferences: Preferences) -> None:
    """Write into the manifest what is trained on.

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
        reference=reference_words(run),
        shape=shape_of(preferences.train),
        versions={name: version(name) for name in packages},
        device=before.device if before else None,
        last_session_seconds=before.last_session_seconds if before else None,
        stopped=before.stopped if before else None,
    )
    run.update_manifest(lambda manifest: manifest.with_training(training))


def _train_from(
    checkpoint: Path | None,
    run: RunDirectory,
    config: RunConfig,
    preferences: Preferences,
    tell: Tell,
    is_lost: IsEnough,
) -> float | None:
    """Make the steps that come after a checkpoint, save, and return a step's seconds."""
    set_seed(config.train.seed)
    before = read_mark(checkpoint) if checkpoint else NOTHING
    model = model_to_train(run)
    trainer = make_trainer(config, model, preferences, run, tell, before)
    clock = StepClock()
    trainer.add_callback(clock)
    if config.train.ask_every is not None:
        tokenizer = load_tokenizer(Path(model.folder))
        ends = sorted(end_tokens(Path(model.folder), tokenizer))
        trainer.add_callback(Asker(run, config, tokenizer, ends, is_lost, tell))
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    if ranks.is_first():
        ranks.forget_shared(run.train / ROWS)
        note_trackers(trainer, run, config.train.trackers)
    save_trained(trainer, _place(run, config), Path(model.folder))
    return clock.seconds_a_step()


def _is_end(checkpoint: Path, run: RunDirectory) -> bool:
    """Say whether no step comes after a checkpoint: it is the last, or training was stopped there.

    Raises:
        InputError: the checkpoint is damaged.
    """
    noted = run.read_manifest().train
    stopped = noted.stopped if noted else None
    return is_last(checkpoint) or bool(stopped and stopped.step == read_mark(checkpoint).step)


def _place(run: RunDirectory, config: RunConfig) -> Path:
    return run.adapter if config.train.lora else run.trained_model


def _device() -> str:
    return torch.cuda.get_device_name() if torch.cuda.is_available() else platform.machine()


if __name__ == "__main__":
    run_answered_program(RunDirectory, train)
