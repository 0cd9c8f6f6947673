"""Which probes of the configured sets does a run ask?"""

import hashlib
from collections import defaultdict
from pathlib import Path

from audit.errors import InputError, Problem
from audit.records import Probe
from audit.settings.probe_sets import ProbesConfig
from probes.sets.library import (
    builtin_probes,
    load_set,
    published_sets,
    read_placed_probes,
    refuse_wrong_twins,
)


def select_probes(configs: list[ProbesConfig]) -> list[Probe]:
    """Read, check and draw the configured probes; the same seed always draws the same.

    Raises:
        InputError: a set cannot be read, two sets use one id, a twin does not exist, or a
            filter leaves nothing.
    """
    loaded = [(config, load_set(config)) for config in configs]
    everything = {probe.id: probe for _, probes in loaded for probe in probes}
    for config, _ in loaded:
        if config.path and not config.layout and config.set not in published_sets():
            placed = read_placed_probes(Path(config.path).expanduser())
            refuse_wrong_twins(placed, [*everything.values(), *builtin_probes()])
    selected: dict[str, Probe] = {}
    for config, probes in loaded:
        for probe in draw(_filtered(config, probes), config.limit, config.seed, everything):
            if probe.id in selected:
                what = f'the id "{probe.id}" stands in two of the sets'
                raise InputError(Problem(f"probes: {config.set}", what, "rename one of them"))
            selected[probe.id] = probe
    return list(selected.values())


def draw(probes: list[Probe], limit: int | None, seed: int, known: dict[str, Probe]) -> list[Probe]:
    """Draw at most `limit` probes, evenly over categories, and keep them in their own order.

    Probes with a twin come first. The lot falls on the pair, and a pair's category is its harmful
    probe's, so that equal draws from two sets keep twins together. `known` holds the twins.
    """
    if limit is None or limit >= len(probes):
        return probes
    strata: dict[tuple[bool, str], list[str]] = defaultdict(list)
    lots = {probe.id: _lot(seed, _pair(probe)) for probe in probes}
    for probe in probes:
        strata[_stratum(probe, known)].append(lots[probe.id])
    places = {
        (stratum, lot): place
        for stratum, drawn in strata.items()
        for place, lot in enumerate(sorted(set(drawn)))
    }

    def rank(probe: Probe) -> tuple[bool, int, str, str]:
        stratum = _stratum(probe, known)
        lot = lots[probe.id]
        return (probe.twin is None, places[stratum, lot], _lot(seed, stratum[1]), lot)

    drawn = {probe.id for probe in sorted(probes, key=rank)[:limit]}
    return [probe for probe in probes if probe.id in drawn]


def _stratum(probe: Probe, known: dict[str, Probe]) -> tuple[bool, str]:
    """Return whether the probe stands alone, and the category that its pair is drawn in."""
    twin = known.get(probe.twin or "")
    if twin is not None and probe.kind != "harmful":
        return False, f"{twin.kind}:{twin.category}"
    return probe.twin is None, f"{probe.kind}:{probe.category}"


def _pair(probe: Probe) -> str:
    return min(probe.id, probe.twin or probe.id)


def _lot(seed: int, text: str) -> str:
    return hashlib.sha256(f"{seed}:{text}".encode()).hexdigest()


def _filtered(config: ProbesConfig, probes: list[Probe]) -> list[Probe]:
    kept = [
        probe
        for probe in probes
        if (config.kinds is None or probe.kind in config.kinds)
        and (config.categories is None or probe.category in config.categories)
    ]
    if not kept:
        there = ", ".join(sorted({f"{probe.kind}/{probe.category}" for probe in probes}))
        what = "no probe has one of the kinds and categories that are asked for"
        raise InputError(Problem(f"probes: {config.set}", what, f"there are {there}"))
    return kept
