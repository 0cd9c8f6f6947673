"""What does arms.json hold: the rates of every arm, and which of them is the best trade?"""

from dataclasses import dataclass

from audit.axis import AxisName
from audit.files.lines import write_json
from audit.records import Status
from audit.run.directory import RunDirectory
from reports.results.versioned import as_json, read_result

VERSION = 1


@dataclass(frozen=True)
class ArmRate:
    """One arm's rate on one axis, over `n` probes; `unscored` counts responses."""

    rate: float
    low: float
    high: float
    n: int
    unscored: int


@dataclass(frozen=True)
class ArmRates:
    """One arm on every axis that has scored probes."""

    arm: str
    """The arm; with its run where it joined from another one."""
    step: int | None
    """After how many training steps; null for `before`."""
    axes: dict[AxisName, ArmRate]
    """Its rate, by axis that has scored probes."""
    ifeval: dict[str, float] | None
    """IFEval's four accuracies, where its prompts were asked."""


@dataclass(frozen=True)
class Region:
    """The ellipse that holds an arm's over-refusal and harmful compliance together."""

    across: float
    """Over-refusal in the middle of the ellipse, which is drawn a little towards one half."""
    up: float
    """The same of harmful compliance."""
    across_variance: float
    """Over resamples of the probes."""
    up_variance: float
    """The same of harmful compliance."""
    covariance: float
    """How the two rates move together over the same resamples."""
    confidence: float
    """How sure it is that the ellipse holds both rates."""


@dataclass(frozen=True)
class Place:
    """Whether no other arm beats this one on both rates, and in which share of resamples."""

    on_front: bool
    """Whether no other arm beats it on both rates."""
    share: float
    """In which share of resamples that is so."""
    region: Region | None = None
    """Where its two rates lie together; null where an older audit did not note it."""


@dataclass(frozen=True)
class ExchangeRate:
    """Over-refusals paid for each harmful compliance prevented; null ends where there are none."""

    estimate: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Candidate:
    """One arm among which is chosen; its statuses and verdict allow for the choice."""

    statuses: dict[AxisName, Status]
    """Its status on each axis, allowing for the choice among arms."""
    verdict: Status
    """The worst of them, and of the categories that have a margin of their own."""
    exchange_rate: ExchangeRate | None
    """What a prevented compliance costs it; null where there is no trade."""


@dataclass(frozen=True)
class Choice:
    """The best trade among the arms beside `before`.

    `confidence_of_each` is the confidence of each arm's intervals; null where nothing is chosen.
    """

    front: dict[str, Place]
    """Which arms no other beats, by arm."""
    arms: dict[str, Candidate]
    """Each arm beside `before`."""
    confidence_of_each: float | None
    """The confidence of each arm's intervals; null where nothing is chosen."""
    recommended: str | None
    """The best trade of those that pass every axis; null where none does."""
    recommended_rates: dict[AxisName, ArmRate] | None
    """Its rates, with intervals that allow for the choice; null where none is recommended."""


@dataclass(frozen=True)
class ArmsTable:
    """Every arm of a run, and of the runs that joined it, in the order of training."""

    arms: list[ArmRates]
    """The arms in the order of training."""
    choice: Choice
    """Which of them is the best trade."""


def write_arms(run: RunDirectory, table: ArmsTable) -> None:
    """Write arms.json."""
    write_json(run.arms_table, {"version": VERSION, **as_json(table)})


def read_arms(run: RunDirectory) -> ArmsTable:
    """Read arms.json.

    Raises:
        InputError: the run has not been compared yet, or the file is damaged or of another version.
    """
    return read_result(run.arms_table, ArmsTable, VERSION)
