"""Where does training go on after it was stopped, so that no step and no number counts twice?"""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from audit.files.json_record import read_json_record
from audit.files.lines import read_json_object, write_json
from audit.run.directory import RunDirectory
from audit.run.training_files import STEP, read_metrics

COMPLETE = "complete.json"
"""The mark of a checkpoint that is whole; it is written last."""
CLOSING = "train_loss"
"""What only the last line of metrics.jsonl holds: the mean loss of the whole training."""
FIX = "remove this checkpoint, and --resume from the one before it"


@dataclass(frozen=True)
class Trained:
    """How far a training had come at a checkpoint. Its sums are null in an older audit's mark."""

    step: int
    """The last step that was made."""
    total_loss: float | None = None
    """The sum of the losses of all steps."""
    tokens: int | None = None
    """How many tokens were learned from."""


NOTHING = Trained(0, 0.0, 0)


def mark_whole(checkpoint: Path, trained: Trained) -> None:
    """Mark a checkpoint as whole; one without the mark is not used."""
    write_json(checkpoint / COMPLETE, asdict(trained))


def read_mark(checkpoint: Path) -> Trained:
    """Return how far training had come at a whole checkpoint.

    Raises:
        InputError: its mark is damaged.
    """
    return read_json_record(checkpoint / COMPLETE, Trained, FIX)


def forget_torn_checkpoints(run: RunDirectory) -> Path | None:
    """Remove checkpoints that a kill left unfinished, and return the newest whole one."""
    for checkpoint in run.train.glob("checkpoint-*"):
        if not (checkpoint / COMPLETE).exists():
            shutil.rmtree(checkpoint)
    whole = list(run.checkpoints().values())
    return whole[-1] if whole else None


def is_last(checkpoint: Path) -> bool:
    """Say whether a checkpoint was saved at the training's last step, after which none may come.

    Raises:
        InputError: the trainer's own state of it is damaged.
    """
    last = read_json_object(checkpoint / "trainer_state.json", FIX).get("max_steps")
    return isinstance(last, int) and 0 < last <= read_mark(checkpoint).step


def close_metrics(run: RunDirectory, trained: Trained) -> None:
    """Write the closing line of metrics.jsonl where the stopped training had not."""
    rows = read_metrics(run)
    if any(CLOSING in row for row in rows) or trained.total_loss is None:
        return
    closing = {STEP: trained.step, CLOSING: trained.total_loss / max(trained.step, 1)}
    with run.metrics.open("a", encoding="utf-8") as file:
        file.write(json.dumps(closing) + "\n")


def mean_loss(before: Trained, session_total: float, step: int) -> float:
    """Return the mean loss of a whole training that was made in several sessions.

    Where an older audit did not note the sum, it is the mean of the steps of this session.
    """
    if before.total_loss is None:
        return session_total / max(step - before.step, 1)
    return (before.total_loss + session_total) / max(step, 1)
