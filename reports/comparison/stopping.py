"""Is every axis decided at a look between batches, and what is said where asking stopped so?"""

from collections import Counter

from audit.axis import AXES
from audit.files.lines import read_records
from audit.records import Probe
from audit.run.directory import RunDirectory
from audit.run.looks import Look, LookedAt
from audit.settings.gate import Gate
from reports.axes import unknown_categories
from reports.comparison.axis_decision import Pair
from reports.comparison.two_arms import decide
from reports.words.axes import counted


def look(asked: list[Probe], pair: Pair, gate: Gate) -> Look:
    """Say what the verdict's own rule makes of the probes that both arms have answered so far.

    It is enough where every axis has passed or regressed, and every category that the gate names
    has been asked.
    """
    axes = {
        name: LookedAt(
            n=result.after.n,
            low=result.difference.low,
            high=result.difference.high,
            status=result.status,
        )
        for name, result in decide(asked, pair, gate).axes.items()
    }
    decided = all(one.status != "inconclusive" for one in axes.values())
    return Look(asked=len(asked), axes=axes, enough=decided and not unknown_categories(gate, asked))


def look_sentence(seen: Look, of: int) -> str:
    """Return how the axes stand at a look."""
    statuses = {axis.title: seen.axes[axis.name].status for axis in AXES if axis.name in seen.axes}
    told = ", ".join(f"{title.lower()} {status}" for title, status in statuses.items())
    ended = "; enough is asked" if seen.enough else ""
    return f"after {seen.asked} of {of} probes: {told}{ended}"


def stopping_sentences(run: RunDirectory, asked: list[Probe]) -> list[str]:
    """Return after how many probes asking stopped, and what was not asked; none where all were."""
    stopped = run.read_manifest().stopped
    if stopped is None:
        return []
    there = {probe.id for probe in asked}
    everything = [probe for _, probe in read_records(run.all_probes, Probe)]
    left = Counter(probe.kind for probe in everything if probe.id not in there)
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(left.items()))
    told = (
        f"Asking stopped after {stopped.asked} of {counted(stopped.of, 'probe')}, as soon as every "
        f"axis was decided; not asked: {kinds}. The intervals hold however often one looks; an "
        "estimate at a stop leans towards what stopped it."
    )
    return [told]
