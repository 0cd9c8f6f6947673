"""Which arms does a training make, and what is each of them?"""

from pathlib import Path

from audit.jobs.starting_adapter import start_of
from audit.run.arm import (
    AFTER,
    BEFORE,
    BEFORE_AGAIN,
    AdapterWeights,
    Arm,
    BaseWeights,
    FullWeights,
    ModelFiles,
    new_arm,
)
from audit.run.directory import RunDirectory
from audit.run.manifest import Manifest
from audit.run.model_folder import ModelFolder
from audit.settings.run_config import GenerationConfig
from audit.settings.yaml_file import load_run_config
from probes.adapters.adapter import adapter_digest


def write_trained_arms(run: RunDirectory) -> Manifest:
    """Write the arms that are there by now into the manifest of a training, and return it.

    Arms that stand there already are left as they are, so that this can be repeated.
    """
    manifest = run.read_manifest()
    if manifest.origin != "training" or manifest.model is None or manifest.shard is not None:
        return manifest
    settings = load_run_config(run.config).generation
    arms = untrained_arms(manifest.model, settings, start_of(run, manifest.model))
    if manifest.done.train:
        arms += _trained(run, manifest.model, settings)
    missing = [arm for arm in arms if arm.name not in manifest.arms]
    if not missing:
        return manifest
    return run.update_manifest(lambda now: now.with_arms(*missing))


def untrained_arms(
    model: ModelFiles, settings: GenerationConfig, start: AdapterWeights | None
) -> list[Arm]:
    """Return the arms that are there before any training: the model, or it with an adapter."""
    names = [BEFORE, BEFORE_AGAIN] if settings.noise_floor else [BEFORE]
    source = start or BaseWeights(kind="base", model=model)
    return [new_arm(name, source, step=None, run=None) for name in names]


def _trained(run: RunDirectory, model: ModelFiles, settings: GenerationConfig) -> list[Arm]:
    """Return `after`, and each checkpoint on the way whose weights are not the final ones."""
    source_of = _whole if run.trained_model.is_dir() else _adapter
    final = source_of(run, model, run.trained_model if source_of is _whole else run.adapter)
    arms = [new_arm(AFTER, final, step=None, run=None)]
    for step, folder in run.checkpoints().items() if settings.checkpoints else ():
        source = source_of(run, model, folder)
        if _digest(source) != _digest(final):
            arms.append(new_arm(f"step-{step:04d}", source, step=step, run=None))
    return arms


Trained = AdapterWeights | FullWeights


def _digest(source: Trained) -> str | None:
    return source.model.weights_sha256 if source.kind == "full" else source.sha256


def _whole(run: RunDirectory, model: ModelFiles, folder: Path) -> Trained:
    place = folder.relative_to(run.root)
    trained = ModelFolder(folder, f"{model.source}, trained ({place})", None)
    return FullWeights(kind="full", model=trained.files())


def _adapter(run: RunDirectory, model: ModelFiles, folder: Path) -> Trained:
    return AdapterWeights(
        kind="adapter",
        model=model,
        folder=str(folder.relative_to(run.root)),
        sha256=adapter_digest(folder),
    )
