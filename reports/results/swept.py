"""What does sweep.json hold: how each run of a sweep ended, and what each recipe gives?"""

from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from audit.axis import AxisName
from audit.files.lines import write_json
from audit.records import Kind, Status
from reports.numbers.estimates import CrossedEstimate
from reports.results.versioned import as_json

VERSION = 1


@dataclass(frozen=True)
class SweptRun:
    """One run of a sweep, and how it ended."""

    name: str
    """Its folder's name."""
    settings: dict[str, JsonValue]
    """What the sweep set in it, by key."""
    verdict: Status | None
    """The verdict on this checkpoint; null where the run failed."""
    failure: str | None
    """Why it has none; null where it has."""


@dataclass(frozen=True)
class RecipeAxis:
    """What trainings by one recipe do on one axis."""

    estimate: CrossedEstimate | None
    """The mean over trainings and its parts; null where no probe is scored in all of them."""
    margin: float
    status: Status
    """Inconclusive with fewer than five trainings, whatever the interval says."""
    kinds: dict[Kind, CrossedEstimate]
    """Each kind of probes on its own, where there are several: each is held to the margin."""
    held_back: list[str]
    """What keeps the axis from the status that its interval gives, in sentences."""


@dataclass(frozen=True)
class Recipe:
    """Trainings with the same settings and other seeds."""

    settings: dict[str, JsonValue]
    """What the sweep set in all of them, by key; the seed is left out."""
    runs: list[str]
    """The runs' names."""
    axes: dict[AxisName, RecipeAxis]
    """What they do, by axis."""
    verdict: Status
    """The verdict on this recipe: the worst status of its axes."""


@dataclass(frozen=True)
class Swept:
    """A sweep as a whole."""

    runs: list[SweptRun]
    """Every run, in the order in which they are made."""
    recipes: list[Recipe]
    """Every recipe that was trained with two seeds or more."""


def write_swept(path: Path, swept: Swept) -> None:
    """Write sweep.json."""
    write_json(path, {"version": VERSION, **as_json(swept)})
