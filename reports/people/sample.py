"""Which responses should a person label, and how likely was each to be drawn?"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import sqrt
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from audit.errors import InputError, Problem
from audit.files.data_row import DataRow, Identifier, Text
from audit.files.lines import read_records
from audit.records import Kind, Probe, Response
from audit.run.directory import RunDirectory
from reports.numbers.estimates import Values
from reports.verdicts import read_verdicts

Group = Literal["harmful", "harmless"]

SMALLEST_SIZE = 0.15
"""Keeps every response in reach, and the weights within a factor of about three."""
MIDDLING = 0.75
"""Stands for the confidence of a judge that gives none."""
LEAST_OF_STRATUM = 2


class SampledRow(DataRow):
    """One drawn response: the key of a sheet's item."""

    item: Identifier
    """The item's name on the sheet, which tells nothing."""
    batch: Identifier
    """The batch that it was first drawn in."""
    draw: Annotated[int, Field(ge=1)]
    """The number of that drawing."""
    arm: Text
    """The arm that answered."""
    probe_id: Identifier
    """The probe that was answered."""
    sample: Annotated[int, Field(ge=0)]
    """Which of the probe's answers it is."""
    stratum: Text
    """The group of responses that it was drawn from."""
    probability: Annotated[float, Field(gt=0, le=1)]
    """Its chance to be drawn then, given that earlier drawings had not taken it."""
    response_sha256: Text
    """The sha256 of the response that is labelled, so that another answer is not taken for it."""

    @property
    def place(self) -> tuple[str, str, int]:
        """Arm, probe and sample: what tells the response from every other."""
        return self.arm, self.probe_id, self.sample


@dataclass(frozen=True)
class Candidate:
    """A response that may be drawn."""

    arm: str
    probe_id: str
    sample: int
    group: Group
    label: str
    confidence: float | None
    response_sha256: str

    @property
    def place(self) -> tuple[str, str, int]:
        """What tells the response from every other."""
        return self.arm, self.probe_id, self.sample

    @property
    def stratum(self) -> str:
        """Arm, axis and judge's label."""
        return f"{self.arm}/{self.group}/{self.label}"

    @property
    def size(self) -> float:
        """The standard deviation of the judge's error, as its confidence tells, not below a floor.

        Drawing in proportion to it makes the estimate of the error least uncertain (Neyman 1934).
        """
        sure = MIDDLING if self.confidence is None else self.confidence
        return max(SMALLEST_SIZE, sqrt(sure * (1 - sure)))


def group_of(kind: Kind) -> Group:
    """Return which of the two judged axes a probe of the kind belongs to."""
    return "harmful" if kind == "harmful" else "harmless"


def digest(text: str) -> str:
    """Return the digest by which an answer is known again."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def candidates_of(
    run: RunDirectory, arms: Sequence[str], judge: str, probes: Sequence[Probe]
) -> list[Candidate]:
    """Return every response of the arms, with what the judge says of it.

    Raises:
        InputError: the judge has not scored one of the arms.
    """
    groups = {probe.id: group_of(probe.kind) for probe in probes}
    candidates = []
    for arm in arms:
        judged = {
            (row.probe_id, row.sample): row
            for rows in read_verdicts(run, arm, judge).values()
            for row in rows
        }
        for _, response in read_records(run.responses(arm), Response):
            verdict = judged.get((response.probe_id, response.sample))
            if response.probe_id in groups:
                candidates.append(
                    Candidate(
                        arm=arm,
                        probe_id=response.probe_id,
                        sample=response.sample,
                        group=groups[response.probe_id],
                        label=verdict.label if verdict else "unscored",
                        confidence=verdict.confidence if verdict else None,
                        response_sha256=digest(response.text),
                    )
                )
    return candidates


def draw(
    candidates: Sequence[Candidate], n: int, rng: np.random.Generator
) -> list[tuple[Candidate, float]]:
    """Draw n responses without replacement, each with its inclusion probability.

    Each arm's axes get equal shares, and within these the judge's labels shares in proportion to
    how unsure it is. Within a stratum: systematic sampling with probability proportional to size
    (Madow 1949, Ann. Math. Statist. 20:333), in random order, so that the probability is exact.

    Raises:
        InputError: n is too small for every stratum to get one.
    """
    strata: dict[str, list[Candidate]] = {}
    for candidate in sorted(candidates, key=lambda row: (row.stratum, row.place)):
        strata.setdefault(candidate.stratum, []).append(candidate)
    cells: dict[tuple[str, Group], list[list[Candidate]]] = {}
    for rows in strata.values():
        cells.setdefault((rows[0].arm, rows[0].group), []).append(rows)
    n = min(n, len(candidates))
    if n < len(strata):
        what = f"{n} cannot give every arm, axis and label of the judge an item"
        raise InputError(Problem("--n", what, f"draw {len(strata)} or more"))
    least = LEAST_OF_STRATUM
    if n < sum(min(least, len(rows)) for rows in strata.values()):
        least = 1
    taken = []
    counts = [[len(rows) for rows in cell] for cell in cells.values()]
    needs = [[min(least, count) for count in cell] for cell in counts]
    shares = _share_out(
        n, [1.0] * len(cells), [sum(need) for need in needs], [sum(count) for count in counts]
    )
    for cell, share, need, count in zip(cells.values(), shares, needs, counts, strict=True):
        sizes = [sum(row.size for row in rows) for rows in cell]
        for rows, size in zip(cell, _share_out(share, sizes, need, count), strict=True):
            taken.extend(_systematic(rows, size, rng))
    return taken


def _share_out(total: int, wanted: list[float], least: list[int], most: list[int]) -> list[int]:
    """Share out a number in proportion to what is wanted, within least and most of each."""
    given = list(least)
    for _ in range(total - sum(least)):
        open_ = [place for place in range(len(given)) if given[place] < most[place]]
        given[min(open_, key=lambda place: (given[place] + 0.5) / wanted[place])] += 1
    return given


def _systematic(
    rows: list[Candidate], n: int, rng: np.random.Generator
) -> list[tuple[Candidate, float]]:
    chances = _inclusion(np.array([row.size for row in rows]), n)
    order = rng.permutation(len(rows))
    ends = np.cumsum(chances[order])
    start = rng.random()
    steps = np.floor(np.append(0.0, ends) + start)
    hit = np.diff(steps) > 0
    return [(rows[place], float(chances[place])) for place in order[hit]]


def _inclusion(sizes: Values, n: int) -> Values:
    """Return chances in proportion to size that sum to n; what would exceed 1 is taken surely."""
    sure = np.zeros(len(sizes), dtype=bool)
    while True:
        left = n - int(sure.sum())
        chances = np.where(sure, 1.0, 0.0)
        if left > 0:
            chances = np.where(sure, 1.0, left * sizes / sizes[~sure].sum())
        over = (chances >= 1) & ~sure
        if not over.any() or left <= 0:
            return np.asarray(np.minimum(chances, 1.0))
        sure |= over
