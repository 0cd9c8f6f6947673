"""What does training leave beside its checkpoints, and how are these files read?"""

from dataclasses import dataclass

from audit.errors import InputError, Problem
from audit.files.json_record import as_record, read_json_record
from audit.files.lines import read_json_lines
from audit.run.directory import RunDirectory

SHARED_WORDS = 8
"""GPT-3's check takes 13 (arXiv:2005.14165), and many one-line probes have fewer."""
STEP = "step"
FIX = "restore it from a copy, or remove it"

Metrics = list[dict[str, float | None]]
"""What the trainer logged, one row each time: the step, and numbers by TRL's names for them."""


@dataclass(frozen=True)
class Contamination:
    """Which probes, by id, stand in the preference data."""

    probes: int
    """How many probes were looked for."""
    pairs: int
    """How many preference pairs were searched."""
    exact: list[str]
    """The probes whose whole question is a turn or an answer there."""
    shared_runs: list[str]
    """The probes that share 8 words in a row with a turn or an answer, and are not in `exact`."""

    def sentence(self) -> str:
        """Say how much of the probes stands in the preference data."""
        if not self.exact and not self.shared_runs:
            return f"contamination: none of {self.probes} probes stands in the preference data"
        named = ", ".join([*self.exact, *self.shared_runs][:5])
        return (
            f"contamination: of {self.probes} probes {len(self.exact)} stand in the preference "
            f"data and {len(self.shared_runs)} share {SHARED_WORDS} words in a row with it "
            f"({named})"
        )


def read_contamination(run: RunDirectory) -> Contamination | None:
    """Return what was found when training began; null where the run did not train.

    Raises:
        InputError: the file is damaged.
    """
    there = run.contamination.exists()
    return read_json_record(run.contamination, Contamination, FIX) if there else None


def read_metrics(run: RunDirectory) -> Metrics:
    """Return what the trainer logged, empty where the run did not train.

    Raises:
        InputError: a line is damaged.
    """
    return [row for _, row in numbered_metrics(run)] if run.metrics.exists() else []


def numbered_metrics(run: RunDirectory) -> list[tuple[int, dict[str, float | None]]]:
    """Return the lines of metrics.jsonl, each with its number.

    Raises:
        InputError: a line is damaged.
    """
    found = []
    for number, row in read_json_lines(run.metrics):
        where = f"{run.metrics}:{number}"
        if isinstance(row, Problem):
            raise InputError(row)
        read = as_record(row, dict[str, float | None], where, FIX)
        if read.get(STEP) is None:
            raise InputError(Problem(where, 'holds no "step"', FIX))
        found.append((number, read))
    return found
