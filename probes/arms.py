"""What are the weights of an arm, read from its files and checked against the manifest?"""

from dataclasses import dataclass
from pathlib import Path

import torch

from audit.errors import InputError, Problem
from audit.run.arm import AdapterWeights, Arm, ModelFiles, ServedModel, model_of
from audit.run.directory import RunDirectory
from audit.run.model_folder import ModelFolder
from audit.run.models_here import model_to_ask
from audit.run.weights import read_weights
from probes.adapters.adapter import Adapter, read_adapter
from probes.adapters.merging import Change, Tensors, base_tensors, measure_change, merged_tensors


@dataclass(frozen=True)
class OpenedArm:
    """An arm of the manifest with its files: a whole model, and its adapter where it has one."""

    record: Arm
    model: ModelFolder
    weights_sha256: str
    """Of the whole model, hashed as it was read now."""
    adapter: Adapter | None

    @property
    def name(self) -> str:
        """The arm's name."""
        return self.record.name

    def tensors(self) -> Tensors:
        """Yield the arm's weights."""
        if self.adapter is None:
            return base_tensors(read_weights(self.model))
        return merged_tensors(read_weights(self.model), self.adapter)

    def change(self, dtype: str) -> Change:
        """Measure how far the adapter takes the arm's weights from its base model's."""
        if self.adapter is None:
            return Change(0.0, 0.0)
        return measure_change(read_weights(self.model), self.adapter, getattr(torch, dtype))


def open_arms(run: RunDirectory, hashed: dict[str, str] | None = None) -> list[OpenedArm]:
    """Open the arms of the manifest whose weights are here, in the order in which they are asked.

    The ends come first, so that an interrupted run can be compared as early as possible. `hashed`
    are the digests of model folders that this process has read already; others are added.

    Raises:
        InputError: an arm has no model that could be asked here, or its files are no longer those
            that the manifest names.
    """
    manifest = run.read_manifest()
    in_order = manifest.in_order()
    ends = [arm for arm in in_order if arm.step is None]
    arms = ends + [arm for arm in in_order if arm.step is not None]
    hashed = {} if hashed is None else hashed
    return [_opened(run, arm, hashed) for arm in arms if not isinstance(arm.source, ServedModel)]


def open_arm(run: RunDirectory, name: str) -> OpenedArm:
    """Open one arm of the manifest whose weights are here.

    Raises:
        InputError: as `open_arms` does.
    """
    return _opened(run, run.read_manifest().arms[name], {})


def _opened(run: RunDirectory, arm: Arm, hashed: dict[str, str]) -> OpenedArm:
    files = model_to_ask(run, arm)
    model = ModelFolder.of(files)
    if files.folder not in hashed:
        hashed[files.folder] = model.digest()
    _refuse_other_files(Path(files.folder), files.weights_sha256, hashed[files.folder])
    return OpenedArm(arm, model, hashed[files.folder], _adapter(run, arm, model))


def _adapter(run: RunDirectory, arm: Arm, model: ModelFolder) -> Adapter | None:
    if not isinstance(arm.source, AdapterWeights):
        return None
    folder = run.folder_of(arm.source.folder)
    adapter = read_adapter(folder, model)
    _refuse_other_files(folder, arm.source.sha256, adapter.sha256)
    return adapter


def _refuse_other_files(folder: Path, noted: str | None, read: str) -> None:
    if noted not in (None, read):
        what = "holds other weights than the manifest says, or settings that make others of them"
        raise InputError(Problem(str(folder), what, "restore them, or start a new run"))


def loaded_model(run: RunDirectory, arms: list[OpenedArm]) -> ModelFiles:
    """Return the model that the engine is loaded with: the run's, or the first arm's."""
    model = run.read_manifest().model
    return model or next(found for arm in arms if (found := model_of(arm.record.source)))
