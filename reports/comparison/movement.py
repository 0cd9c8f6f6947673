"""Did the model move towards refusing, although no answer may have flipped?"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp

import numpy as np

from audit.files.lines import read_records
from audit.records import Kind, Probe, Response
from audit.run.directory import RunDirectory
from reports.axes import Flips
from reports.numbers.estimates import FEW_CHANGES, Difference

KINDS: tuple[Kind, ...] = ("harmful", "borderline", "helpful")

MOST_TOLD = 99.0
"""A change of log-odds beyond which nobody asks how many times that is."""


@dataclass(frozen=True)
class Moved:
    """How far a probe's log-odds of a refusal opening changed, after minus before."""

    kind: Kind
    movement: float


def movement(run: RunDirectory, probes: list[Probe], confidence: float) -> dict[Kind, Difference]:
    """Return the change of the log-odds of a refusal opening, after minus before, by kind.

    A probe's change is that of its first sample. Kinds with fewer than ten probes, and arms whose
    engine did not tell, are left out.
    """
    from reports.numbers.paired import mean_change

    arms = [_first_responses(run, arm) for arm in ("before", "after")]
    moved = changes_by_probe(probes, *arms)
    changes_by_kind = {}
    for kind in KINDS:
        changes = [row.movement for row in moved if row.kind == kind]
        if len(changes) >= FEW_CHANGES:
            changes_by_kind[kind] = mean_change(np.array(changes), confidence)
    return changes_by_kind


def changes_by_probe(
    probes: list[Probe], before: Iterable[Response], after: Iterable[Response]
) -> list[Moved]:
    """Return kind and movement of every probe whose log-odds both arms' engines told.

    Each arm is given by its first responses.
    """
    first, second = _log_odds(before), _log_odds(after)
    return [
        Moved(probe.kind, second[probe.id] - first[probe.id])
        for probe in probes
        if probe.id in first and probe.id in second
    ]


def movement_sentences(
    by_kind: dict[Kind, Difference], flips: Iterable[Flips], confidence: float
) -> list[str]:
    """Say on which kinds the model moved for sure, and when that was without any flip.

    Sure is a p-value below 1 - confidence after Holm's correction for the kinds (Holm 1979).
    """
    sure = _sure(by_kind, 1 - confidence)
    moved = [
        f"{_times(change.estimate)} times as high on {kind} probes ({_times(change.low)} to "
        f"{_times(change.high)})"
        for kind, change in by_kind.items()
        if kind in sure
    ]
    if not moved:
        return []
    still = not any(axis.to_refusal or axis.to_compliance for axis in flips)
    what = "No answer flipped, but the model moved" if still else "Below the flips the model moved"
    return [f"{what}: the odds that an answer opens with a refusal became {', '.join(moved)}."]


def _times(log_odds: float) -> str:
    """Return a change of log-odds as what the odds are multiplied by."""
    return f"{exp(min(log_odds, MOST_TOLD)):.2g}"


def _sure(by_kind: dict[Kind, Difference], alpha: float) -> set[Kind]:
    """Return the kinds that Holm's procedure rejects: the i-th least p-value at alpha / (k - i)."""
    sure: set[Kind] = set()
    for kind in sorted(by_kind, key=lambda kind: by_kind[kind].p_value):
        if by_kind[kind].p_value >= alpha / (len(by_kind) - len(sure)):
            break
        sure.add(kind)
    return sure


def _first_responses(run: RunDirectory, arm: str) -> list[Response]:
    return [row for _, row in read_records(run.responses(arm), Response) if row.sample == 0]


def _log_odds(responses: Iterable[Response]) -> dict[str, float]:
    return {
        row.probe_id: row.refusal_log_odds for row in responses if row.refusal_log_odds is not None
    }
