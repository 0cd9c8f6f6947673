"""Which model of a run can be trained or asked on this machine, and which run has none?"""

from audit.errors import InputError, Problem
from audit.run.arm import AdapterWeights, Arm, ModelFiles, Source, model_of
from audit.run.directory import RunDirectory


def model_to_train(run: RunDirectory) -> ModelFiles:
    """Return the model that the run trains.

    Raises:
        InputError: the run was made by a check or an import, and trains none.
    """
    manifest = run.read_manifest()
    if manifest.model is None or manifest.origin != "training":
        fix = "train in a run of its own, with `audit train-and-compare`"
        raise InputError(Problem(str(run.root), f"was made by {manifest.origin}", fix))
    return manifest.model


def model_to_ask(run: RunDirectory, arm: Arm) -> ModelFiles:
    """Return the model folder that is loaded to ask the arm.

    Raises:
        InputError: the arm has no model that could be asked here.
    """
    files = model_of(arm.source)
    if files is None:
        what = f'its arm "{arm.name}" was {arm.source.kind}, and has no model here to be asked'
        raise InputError(Problem(str(run.root), what, "score and compare the answers it has"))
    return files


def source_elsewhere(run: RunDirectory, source: Source) -> Source:
    """Return what one of the run's arms is, as another run's manifest must say it."""
    if not isinstance(source, AdapterWeights):
        return source
    return source.model_copy(update={"folder": str(run.folder_of(source.folder))})
