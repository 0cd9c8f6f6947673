"""Whom is the report about? Model, data, recipe and date for the first screen, without a path."""

from datetime import UTC, datetime
from pathlib import Path

from audit.files.borders import visible
from audit.run.arm import AdapterWeights, Arm, ImportedAnswers, ServedModel
from audit.run.manifest import Manifest
from audit.run.model_folder import is_local
from audit.settings.model import ModelConfig
from audit.settings.run_config import RunConfig
from reports.page.facts import Facts

SHOWN_REASON = 300


def about(facts: Facts) -> dict[str, str]:
    """Return what a reader must know first, by a word for each.

    The date is that of comparison.json. Of a folder or file only its name is told.
    """
    arms = facts.manifest.arms
    before, after = (arms[name] for name in facts.ends)
    baseline = f"{_described(before)}{_blessing(facts.manifest)}"
    told = {"baseline": baseline, "candidate": _described(after)}
    if facts.manifest.origin == "training" and facts.manifest.model:
        told = {
            "model": _name(facts.manifest.model.source),
            "data": _data(facts),
            "recipe": _recipe(facts.config),
        }
    compared = datetime.fromtimestamp(facts.run.comparison.stat().st_mtime, UTC)
    return {**told, "compared on": f"{compared:%Y-%m-%d}"}


def _described(arm: Arm) -> str:
    """Return what an arm is, and the run that its answers were taken from."""
    source = arm.source
    taken = f", asked in {_name(arm.reused_from)}" if arm.reused_from else ""
    if isinstance(source, ImportedAnswers):
        return f"answers made elsewhere{f' ({_name(source.file)})' if source.file else ''}{taken}"
    if isinstance(source, ServedModel):
        return f"{visible(source.model)}, served"
    model = _name(source.model.source)
    if isinstance(source, AdapterWeights):
        step = f", step {arm.step}" if arm.step is not None else ""
        return f"the adapter {_name(source.folder)}{step} of {model}{taken}"
    return f"{model}{taken}"


def _blessing(manifest: Manifest) -> str:
    """Return as what, when and why the baseline was blessed; nothing where it was not."""
    blessed = manifest.blessed
    if blessed is None:
        return ""
    why = f"\N{LEFT DOUBLE QUOTATION MARK}{visible(blessed.reason, SHOWN_REASON)}"
    told = f"blessed as {visible(blessed.name)} on {blessed.blessed_at[:10]}"
    return f"; {told}: {why}\N{RIGHT DOUBLE QUOTATION MARK}"


def _data(facts: Facts) -> str:
    pairs = facts.manifest.train.pairs if facts.manifest.train else None
    counted = f", {pairs} {facts.config.train.unit}" if pairs is not None else ""
    preferences = facts.config.preferences
    if preferences is None:
        return "not noted"
    named = " + ".join(_name(source.path) for source in preferences.all_sources())
    return f"{named}{counted}"


def _recipe(config: RunConfig) -> str:
    train = config.train
    epochs = "1 epoch" if train.num_train_epochs == 1 else f"{train.num_train_epochs:g} epochs"
    length = f"{train.max_steps} steps" if train.max_steps else epochs
    loss = " + ".join(train.loss_type)
    trained = f"LoRA of rank {train.lora.r}" if train.lora else "the whole model"
    if train.start_from:
        trained = (
            f"LoRA from the adapter {_name(train.start_from)} (the reference, as before, is the "
            "model with this adapter)"
        )
    if train.load_in_4bit:
        trained += (
            " on the base in 4 bits (asked on the base's own weights: a model served in 4 bits is "
            "another)"
        )
    return (
        f"{train.method.upper()} ({loss}) with {trained}, beta {train.beta:g}, learning rate "
        f"{train.learning_rate:g}, {length}, {train.batch} {train.unit} a step"
    )


def _name(place: str) -> str:
    """Return a hub id as it is, and of a folder or file only its own name."""
    if place.count("/") == 1 and not is_local(ModelConfig(path=place)):
        return visible(place)
    return visible(Path(place).name or place)
