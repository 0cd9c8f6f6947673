"""Which of several training processes is this, and how do they work together?

A launcher starts all of them alike and numbers them by RANK. The first alone writes files; the
others compute, and wait where they would read what it has yet to write.
"""

import os
import shutil
from pathlib import Path

import torch
from accelerate import PartialState
from datasets import Dataset, load_from_disk


def count() -> int:
    """Return how many processes train together."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def is_first() -> bool:
    """Say whether this process is the one that writes."""
    return int(os.environ.get("RANK", "0")) == 0


def wait_for_all() -> None:
    """Return when every process has come here."""
    if count() > 1:
        PartialState(cpu=not torch.cuda.is_available()).wait_for_everyone()


def forget_shared(folder: Path) -> None:
    """Remove what the processes of an earlier or ended training shared."""
    shutil.rmtree(folder, ignore_errors=True)


def shared(rows: Dataset, folder: Path) -> Dataset:
    """Return rows that all processes find in one folder, where TRL keeps what it makes of them.

    Rows in memory have a temporary folder for each process, where the others find nothing.
    """
    if count() == 1:
        return rows
    if is_first():
        rows.save_to_disk(folder)
    wait_for_all()
    return load_from_disk(folder)
