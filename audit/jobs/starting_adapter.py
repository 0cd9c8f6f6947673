"""Which adapter does a training start from, and where is it kept?

Then `before`, and the reference that DPO measures against, are the model with this adapter.
"""

import shutil
from pathlib import Path

from audit.errors import InputError, Problem
from audit.run.arm import AdapterWeights, ModelFiles
from audit.run.directory import RunDirectory
from audit.run.model_folder import ADAPTER_FILES, ModelFolder
from audit.settings.training import TrainConfig
from probes.adapters.adapter import adapter_digest, is_adapter, read_adapter

WHERE = "train.start_from"


def refuse_unfit_start(train: TrainConfig, model: ModelFolder) -> None:
    """Refuse an adapter to start from that is none, or none of this model.

    Raises:
        InputError: the folder holds no adapter, or one that cannot be applied exactly.
    """
    if train.start_from is None:
        return
    folder = Path(train.start_from).expanduser()
    if not is_adapter(folder):
        fix = "give a folder that peft's save_pretrained() wrote, as RUN/train/adapter"
        raise InputError(Problem(f"{WHERE}: {folder}", f"holds no {ADAPTER_FILES[1]}", fix))
    read_adapter(folder, model)


def keep_start(run: RunDirectory, train: TrainConfig) -> None:
    """Copy the adapter to start from into the run, which then needs no other folder."""
    if train.start_from is None:
        return
    run.start_adapter.mkdir(parents=True, exist_ok=True)
    for name in ADAPTER_FILES:
        shutil.copyfile(Path(train.start_from).expanduser() / name, run.start_adapter / name)


def start_of(run: RunDirectory, model: ModelFiles) -> AdapterWeights | None:
    """Return what a training starts from, where that is more than the model."""
    if not run.start_adapter.is_dir():
        return None
    return AdapterWeights(
        kind="adapter",
        model=model,
        folder=str(run.start_adapter.relative_to(run.root)),
        sha256=adapter_digest(run.start_adapter),
    )
