"""What is a model that a command names: a whole model, an adapter, or a finished run's arm?"""

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
    ServedModel,
    Source,
    model_of,
)
from audit.run.directory import RunDirectory
from audit.run.model_folder import ModelFolder, is_local, locate, refuse_incomplete
from audit.run.models_here import source_elsewhere
from audit.run.weights import read_weights, refuse_other_tensors
from audit.settings.model import ModelConfig
from audit.settings.section import section_of
from audit.settings.served import ServedConfig
from audit.settings.yaml_file import load_settings
from probes.adapters.adapter import adapter_digest, is_adapter, read_adapter

SERVED = "served:"
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
    """One model to compare: what it is, and the run that has asked it, if one has."""

    name: str
    sha256: str
    """Of what makes it itself: its weight files, or the answers where no weights are known."""
    source: Source
    step: int | None
    asked_in: RunDirectory | None
    arm: Arm | None
    """As it stands in the run that has asked it."""
    served: ServedConfig | None = None
    """The server that the command names for it; null for all others."""

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
    source = source_elsewhere(run, arm.source)
    sha256 = _digest(run, arm, source)
    return Subject(f"{run.root}#{name}", sha256, source, arm.step, run, arm)


def subject_of_model(named: str, base: ModelFiles) -> Subject:
    """Return a model by its folder or hub id: an adapter of the base model, or a whole model.

    Raises:
        InputError: it is neither, an adapter that cannot be merged exactly, or a model of another
            architecture.
    """
    found = locate(model_named(named))
    if is_adapter(found.folder):
        folder = found.folder.resolve()
        sha256 = read_adapter(folder, ModelFolder.of(base)).sha256
        adapter = AdapterWeights(kind="adapter", model=base, folder=str(folder), sha256=sha256)
        return _not_asked(named, _of_weights(base, sha256), adapter)
    refuse_incomplete(found)
    files = found.files()
    _refuse_another_shape(named, found.settings(), base)
    refuse_other_tensors(found, read_weights(ModelFolder.of(base)))
    whole = FullWeights(kind="full", model=files)
    return _not_asked(named, _of_weights(files, None), whole)


def subject_of_server(served: ServedConfig) -> Subject:
    """Return a model behind a server; until it has answered, its place stands for its digest."""
    source = ServedModel(kind="served", url=served.url, model=served.model)
    named = f"{SERVED}{served.model}@{served.url}"
    return _not_asked(named, digests.of_json(source.model_dump()), source, served)


def server_named(named: str) -> ServedConfig | None:
    """Return the server of `served:MODEL@URL` or of a YAML file; null where neither is named.

    Raises:
        InputError: it is no address, or the file does not describe a server.
    """
    if named.startswith(SERVED):
        model, _, url = named.removeprefix(SERVED).rpartition("@")
        return section_of(ServedConfig, SERVED + "MODEL@URL", model=model, url=url)
    file = Path(named)
    if file.suffix in (".yaml", ".yml") and file.is_file():
        return load_settings(file, ServedConfig)
    return None


def _not_asked(
    named: str, sha256: str, source: Source, served: ServedConfig | None = None
) -> Subject:
    return Subject(named, sha256, source, step=None, asked_in=None, arm=None, served=served)


def model_named(named: str) -> ModelConfig:
    """Return the model of a folder, a hub id, or a hub id with its revision as ID@REVISION."""
    if Path(named).is_dir():
        return section_of(ModelConfig, named, path=str(Path(named).resolve()))
    config = section_of(ModelConfig, named, path=named)
    model, _, revision = named.partition("@")
    if revision and not is_local(config):
        return section_of(ModelConfig, named, path=model, revision=revision)
    return config


def is_candidate(folder: Path) -> bool:
    """Say whether the folder holds an adapter or a model."""
    return folder.is_dir() and (is_adapter(folder) or (folder / "config.json").is_file())


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


def _refuse_another_shape(named: str, settings: dict[str, Any], base: ModelFiles) -> None:
    expected = ModelFolder.of(base).settings()
    differing = [key for key in SHAPE if settings.get(key) != expected.get(key)]
    if differing:
        what = f"is another architecture than the baseline ({', '.join(differing)})"
        fix = "ask it in a run of its own, and bring both together with `audit import`"
        raise InputError(Problem(named, what, fix))
