"""What does comparison.json hold, and how is it read and written?"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator

from audit.axis import AxisName
from audit.files import digests
from audit.files.lines import write_atomically, write_json
from audit.records import Kind, Status
from audit.run.directory import SHORT_DIGEST, RunDirectory
from audit.run.identity import AnyIdentity, read_identity
from audit.run.judge_identity import JudgeIdentity
from reports.axes import Flips
from reports.judges.panel import PanelCounts
from reports.judges.sureness import ShareWrong
from reports.numbers.estimates import Difference, Resolution
from reports.people.summary import Annotation
from reports.results.findings import (
    AxisResult,
    CategoryResult,
    NoiseFloor,
    RatedHelpfulness,
    TwinResult,
)
from reports.results.versioned import as_json, read_result

VERSION = 1

StatedIdentity = Annotated[AnyIdentity, BeforeValidator(read_identity)]
"""All that an arm's answers depend on; "unknown" where they were made elsewhere."""


@dataclass(frozen=True)
class Comparison:
    """Two arms of a run beside each other, as one judge sees them. Differences are after - before.

    `axes` holds what is measured, `reasons` the sentences that say why the verdict is what it is.
    What was not asked for or could not be known is null.
    """

    before: str
    """The arm that is compared with."""
    after: str
    """The arm that is compared."""
    axes: dict[AxisName, AxisResult]
    """What is measured, by axis; an axis without probes is not here."""
    categories: dict[AxisName, dict[str, CategoryResult]]
    """The same by axis and category."""
    flips: dict[AxisName, Flips]
    """How many probes changed sides, by axis."""
    twins: TwinResult | None
    """How well twins are told apart; null where no pair was asked."""
    verdict: Status
    """The worst status of the axes."""
    headline: str
    """What decided, and what it brought, in one breath."""
    reasons: list[str]
    """The sentences that say why."""
    confidence: float
    """How sure the intervals are."""
    resolution: dict[AxisName, Resolution]
    """What so many probes could have seen, by axis."""
    identity: dict[str, StatedIdentity]
    """By arm."""
    judge: JudgeIdentity
    """What the judge's labels depend on, and its measured error."""
    wrong_by_sureness: dict[str, ShareWrong] | None
    """By arm: how often the judge is wrong, going by how sure it is of these very answers; null for
    a judge whose error was not measured so."""
    annotation: Annotation | None
    """What people's labels show."""
    movement: dict[Kind, Difference]
    """The change of the log-odds of a refusal opening."""
    rated_helpfulness: RatedHelpfulness | None
    """A generative judge's ratings; null where there are none."""
    panel: dict[str, PanelCounts] | None
    """By arm, where a panel judged."""
    noise_floor: dict[AxisName, NoiseFloor] | None
    """What the batches alone change, by axis; null where `before` was asked once."""
    relative_weight_change: float | None
    """Of the adapter's own weights against the base's, where it was measured."""


def write_comparison(run: RunDirectory, comparison: Comparison) -> None:
    """Write comparison.json; another one that stands there is kept by the beginning of its digest.

    It was made by another judge, without labels, or by another version of this program.
    """
    former = run.comparison.read_bytes() if run.comparison.exists() else None
    digest = digests.of_files([run.comparison])[:SHORT_DIGEST] if former else ""
    write_json(run.comparison, {"version": VERSION, **as_json(comparison)})
    if former and former != run.comparison.read_bytes():
        write_atomically(run.former_comparison(digest), former)


def read_comparison(run: RunDirectory) -> Comparison:
    """Read comparison.json.

    Raises:
        InputError: the run has not been compared yet, or the file is damaged or of another version.
    """
    return read_result(run.comparison, Comparison, VERSION)
