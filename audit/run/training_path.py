"""What did the model answer while it was trained? A sample of the probes, asked at some steps."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from audit.axis import AxisName
from audit.files.lines import read_records
from audit.run.arm import Counted, Record
from audit.run.directory import RunDirectory

BEGINNING = 0
"""The step at which the model is as it was before training."""


class PathAxis(Record):
    """One axis of the sample at one step."""

    n: Counted
    """Probes that are scored at the beginning and now."""
    before: Annotated[float, Field(ge=0, le=1)]
    """The rate of these probes at the beginning."""
    now: Annotated[float, Field(ge=0, le=1)]
    """Their rate at this step."""
    low: float
    """The lower end of the interval of now minus before."""
    high: float
    """The upper end."""
    lost: bool
    """Whether it is surely worse than at the beginning by more than the gate's margin."""


class PathPoint(Record):
    """What the model answered at one step."""

    step: Counted
    """How many steps were made."""
    confidence: Annotated[float, Field(gt=0, lt=1)]
    """That of each interval: what all the askings may miss together is divided among them."""
    axes: dict[AxisName, PathAxis]
    """The axes that refusals make, by name; helpfulness needs whole answers."""

    @property
    def lost(self) -> bool:
        """Whether an axis is surely lost, as the model is at this step."""
        return any(axis.lost for axis in self.axes.values())


@dataclass(frozen=True)
class TrainingPath:
    """The files of what was asked while training ran."""

    root: Path

    @property
    def probes(self) -> Path:
        """The sample of the probes, with the turns exactly as they are asked."""
        return self.root / "probes.jsonl"

    @property
    def points(self) -> Path:
        """What was seen at each of these steps."""
        return self.root / "points.jsonl"

    def answers(self, step: int | str) -> Path:
        """What the model answered at a step, written once, when all answers are there."""
        return self.root / f"step-{step}.jsonl"

    def read_points(self) -> list[PathPoint]:
        """Return what was seen so far, in the order of the steps.

        Raises:
            InputError: a line is damaged.
        """
        if not self.points.exists():
            return []
        return [point for _, point in read_records(self.points, PathPoint)]


def path_of(run: RunDirectory) -> TrainingPath:
    """Return the files of a run's own path."""
    return TrainingPath(run.training_path)
