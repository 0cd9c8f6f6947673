"""What was a training expected to do, and how is that written into its run?"""

from dataclasses import asdict

from audit.files.json_record import read_json_record
from audit.files.lines import write_json
from audit.run.directory import RunDirectory
from audit.run.pair_findings import Outlook

FIX = "restore it from a copy, or remove it"


def write_prediction(run: RunDirectory, outlook: Outlook) -> None:
    """Write what the pairs should do to each axis."""
    write_json(run.prediction, asdict(outlook))


def read_prediction(run: RunDirectory) -> Outlook | None:
    """Return what was predicted before training; null where nothing was.

    Raises:
        InputError: the file is damaged.
    """
    return read_json_record(run.prediction, Outlook, FIX) if run.prediction.exists() else None
