"""Which folders may a run be begun in, and which runs may be taken up?"""

from pathlib import Path

from audit.errors import InputError, Problem
from audit.files.locking import refuse_used
from audit.run.directory import RunDirectory
from audit.settings.run_config import RunConfig
from audit.settings.yaml_file import load_run_config


def refuse_used_folder(root: Path, *, resume: bool) -> None:
    """Refuse a folder that holds other files than those of a run that was begun.

    Raises:
        InputError: it does.
    """
    if not resume:
        refuse_used(root, "name a new folder, or add --resume if a run was begun there")


def refuse_another_run(run: RunDirectory, config: RunConfig, *, resume: bool) -> None:
    """Refuse to go on with a run that was begun with another configuration.

    Raises:
        InputError: it was, or `resume` does not say that a run is to be continued.
    """
    if not resume:
        fix = "add --resume to continue it, or name a new folder"
        raise InputError(Problem(str(run.root), "the folder holds a run already", fix))
    stored, now = load_run_config(run.config).model_dump(), config.model_dump()
    differing = [section for section in now if now[section] != stored[section]]
    if differing:
        what = f"the run was begun with another {', '.join(differing)}"
        fix = "undo the change, or start a new run"
        raise InputError(Problem(str(run.root), what, fix))
