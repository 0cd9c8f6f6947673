"""Which runs of the trackers did a training's numbers go to, and what are they told at the end?"""

from dataclasses import asdict, dataclass

from audit.axis import AxisName
from audit.files.json_record import read_json_record
from audit.files.lines import write_json
from audit.records import Status
from audit.run.directory import RunDirectory

FIX = "restore it from a copy, or remove it"


@dataclass(frozen=True)
class WandbRun:
    """A run of Weights & Biases."""

    id: str
    """Its id."""
    project: str
    """The project that it stands in."""
    entity: str | None
    """Whose project that is; null where it was written offline."""


@dataclass(frozen=True)
class TrackerRuns:
    """The trackers' own runs that a training's numbers went to."""

    tensorboard: str | None
    """The folder of the event files, from the run's folder on; null where they lie elsewhere."""
    wandb: WandbRun | None
    """The run of Weights & Biases; null where there is none."""
    mlflow: str | None
    """The id of the run of MLflow; null where there is none."""


@dataclass(frozen=True)
class TrackedAxis:
    """One axis, in fractions; a rate is null where nothing was scored."""

    before: float | None
    """The rate before training."""
    after: float | None
    """The rate after it."""
    difference: float | None
    """After minus before."""
    low: float
    """The lower end of the difference's interval."""
    high: float
    """The upper end."""
    status: Status
    """What the gate makes of it."""


@dataclass(frozen=True)
class TrackedResult:
    """What the trackers are told of the audit."""

    verdict: Status
    """The verdict under the gate."""
    headline: str
    """What decided, in one breath."""
    axes: dict[AxisName, TrackedAxis]
    """What is measured, by axis."""

    def numbers(self) -> dict[str, float]:
        """Return what is known of every axis, by a name as trackers have them."""
        return {
            f"audit/{name}/{key}": value
            for name, axis in self.axes.items()
            for key, value in asdict(axis).items()
            if isinstance(value, float)
        }


def write_tracker_runs(run: RunDirectory, runs: TrackerRuns) -> None:
    """Write train/trackers.json."""
    write_json(run.trackers, asdict(runs))


def read_tracker_runs(run: RunDirectory) -> TrackerRuns:
    """Read train/trackers.json.

    Raises:
        InputError: it is missing or damaged.
    """
    return read_json_record(run.trackers, TrackerRuns, FIX)


def write_tracked(run: RunDirectory, result: TrackedResult) -> None:
    """Write train/tracked.json."""
    write_json(run.tracked, asdict(result))


def read_tracked(run: RunDirectory) -> TrackedResult:
    """Read train/tracked.json.

    Raises:
        InputError: it is missing or damaged.
    """
    return read_json_record(run.tracked, TrackedResult, FIX)
