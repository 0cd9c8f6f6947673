"""What do the tests of engines share: arms with their files."""

from pathlib import Path

from audit.run.arm import AdapterWeights, FullWeights, new_arm
from audit.run.model_folder import ModelFolder
from probes.adapters.adapter import read_adapter
from probes.arms import OpenedArm


def opened(name: str, folder: Path, adapter: Path | None = None) -> OpenedArm:
    """Open the arm of a whole model, or of an adapter on it."""
    model = ModelFolder(folder, str(folder), None)
    files = model.files()
    if adapter is None:
        source = FullWeights(kind="full", model=files)
        arm = new_arm(name, source, step=None, run=None)
        return OpenedArm(arm, model, files.weights_sha256, None)
    read = read_adapter(adapter, model)
    changed = AdapterWeights(kind="adapter", model=files, folder=str(adapter), sha256=read.sha256)
    arm = new_arm(name, changed, step=None, run=None)
    return OpenedArm(arm, model, files.weights_sha256, read)
