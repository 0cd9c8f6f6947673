"""What is the model that a check is about: a model folder, an adapter, or a finished run's arm?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.errors import InputError, Problem
from audit.files import digests
from audit.run.arm import (
    AdapterWeights,
    Arm,
    FullWeights,
    ModelFiles,
    Source,
    model_of,
)
from audit.run.directory import RunDirectory
from audit.run.model_folder import ModelFolder, find_model
from audit.run.weights import read_weights, refuse_other_tensors
from audit.settings.model import ModelConfig
from probes.adapters.adapter import adapter_digest, is_adapter, read_adapter

SHAPE = (
    "architectures",
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "vocab_size",
    "tie_word_embeddings",
)


@dataclass(frozen=True)
class Subject:
    """One side of a check: what it is, and the run that has asked it, if one has."""

    name: str
    sha256: str
    """Of what makes it itself: its weight files, or the answers where no weights are known."""
    source: Source
    step: int | None
    asked_in: RunDirectory | None
    arm: Arm | None
    """As it stands in the run that has asked it."""

    @property
    def model(self) -> ModelFiles | None:
        """The model that it is, or that its adapter stands on; null where none is known here."""
        return model_of(self.source)


def subject_of_run(run: RunDirectory, name: str) -> Subject:
    """Return an arm of a finished run.

    Raises:
        InputError: the run is still being written, or has no such arm.
    """
    arms = run.read_manifest().arms
    arm = arms.get(name)
    if arm is None:
        there = ", ".join(arms) or "none yet"
        raise InputError(Problem(str(run.root), f'has no arm "{name}"', f"its arms: {there}"))
    if not arm.asked:
        fix = "wait for it, or continue it with --resume"
        raise InputError(Problem(str(run.root), f'the arm "{name}" is still being asked', fix))
    source = _absolute(run, arm.source)
    return Subject(f"{run.root}#{name}", _digest(run, arm, source), source, arm.step, run, arm)


def subject_of_folder(folder: Path, base: ModelFiles) -> Subject:
    """Return a checkpoint: an adapter of the baseline's base model, or a whole model.

    Raises:
        InputError: the folder holds neither, an adapter that cannot be merged exactly, or a model
            of another architecture.
    """
    resolved = folder.expanduser().resolve()
    if is_adapter(resolved):
        sha256 = read_adapter(resolved, ModelFolder.of(base)).sha256
        adapter = AdapterWeights(kind="adapter", model=base, folder=str(resolved), sha256=sha256)
        return Subject(str(folder), _of_weights(base, sha256), adapter, None, None, None)
    model = find_model(ModelConfig(path=str(resolved)))
    files = model.files()
    _refuse_another_shape(folder, model.settings(), base)
    refuse_other_tensors(model, read_weights(ModelFolder.of(base)))
    whole = FullWeights(kind="full", model=files)
    return Subject(str(folder), _of_weights(files, None), whole, None, None, None)


def is_candidate(folder: Path) -> bool:
    """Say whether the folder holds an adapter or a model."""
    return folder.is_dir() and (is_adapter(folder) or (folder / "config.json").is_file())


def _absolute(run: RunDirectory, source: Source) -> Source:
    """Return what an arm is as another run's manifest must say it."""
    if not isinstance(source, AdapterWeights):
        return source
    return source.model_copy(update={"folder": str(run.folder_of(source.folder))})


def _digest(run: RunDirectory, arm: Arm, source: Source) -> str:
    """Return the sha256 of an asked arm's weights, or of its answers where none are known."""
    if isinstance(source, AdapterWeights):
        return _of_weights(source.model, adapter_digest(Path(source.folder)))
    model = model_of(source)
    if model is None:
        return digests.of_files([run.responses(arm.name)])
    return _of_weights(model, None)


def _of_weights(model: ModelFiles, adapter_sha256: str | None) -> str:
    return digests.of_json([model.weights_sha256, adapter_sha256])


def _refuse_another_shape(folder: Path, settings: dict[str, Any], base: ModelFiles) -> None:
    expected = ModelFolder.of(base).settings()
    differing = [key for key in SHAPE if settings.get(key) != expected.get(key)]
    if differing:
        what = f"is another architecture than the baseline ({', '.join(differing)})"
        fix = "ask it in a run of its own, and bring both together with `audit import`"
        raise InputError(Problem(str(folder), what, fix))
