"""How does a run come of responses that were written elsewhere?"""

from pathlib import Path

from audit import __version__
from audit.config import RunConfig
from audit.configuration_file import dump
from audit.errors import InputError, Problem
from audit.files import write_atomically, write_json, write_records
from audit.run_directory import MANIFEST_VERSION, RunDirectory
from probes.sets import read_probes


def import_responses(
    before: Path, after: Path, probes: Path, root: Path, command: str
) -> dict[str, int]:
    """Make a run of responses that were written elsewhere, and count them by arm.

    Raises:
        InputError: with all problems of the files at once.
    """
    from reports.importing import read_imported

    run = RunDirectory(root)
    if root.exists() and any(root.iterdir()):
        fix = "name a new folder"
        raise InputError(Problem(str(root), "the folder is not empty", fix))
    asked = read_probes(probes)
    arms = {"before": read_imported(before, asked), "after": read_imported(after, asked)}
    run.root.mkdir(parents=True, exist_ok=True)
    write_records(run.probes, asked)
    for arm, responses in arms.items():
        write_records(run.responses(arm), responses)
    imported = RunConfig.model_validate(
        {
            "model": {"path": "unknown"},
            "preferences": {"path": "unknown"},
            "probes": [{"set": "imported", "path": str(probes.resolve())}],
        }
    )
    write_atomically(run.config, dump(imported))
    write_json(
        run.manifest,
        {
            "version": MANIFEST_VERSION,
            "audit_version": __version__,
            "command": command,
            "model": None,
            "arms": {arm: {"identity": "unknown", "step": None} for arm in arms},
            "done": {"import": True},
        },
    )
    return {arm: len(responses) for arm, responses in arms.items()}
