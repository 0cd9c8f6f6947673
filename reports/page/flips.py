"""How many probes changed sides in each set, and in each category of each axis?"""

from collections import Counter
from typing import Any

from audit.records import AXES, Axis, Probe
from reports.axes import is_refused, probes_of
from reports.page.sides import Side

Sides = tuple[Side, Side]


def flips_by_set(probes: list[Probe], sides: Sides) -> list[dict[str, Any]]:
    """Return, for each set and kind, how many probes there are and how many changed sides."""
    groups: dict[tuple[str, str], list[Probe]] = {}
    for probe in probes:
        groups.setdefault((probe.set, probe.kind), []).append(probe)
    return [
        {"set": name, "kind": kind, "probes": len(members), **_flips(members, sides)}
        for (name, kind), members in sorted(groups.items())
    ]


def flips_by_category(probes: list[Probe], sides: Sides) -> dict[Axis, dict[str, dict[str, int]]]:
    """Return, for each axis and each category of it, how many probes changed sides."""
    found: dict[Axis, dict[str, dict[str, int]]] = {}
    for axis in AXES:
        groups: dict[str, list[Probe]] = {}
        for probe in probes_of(axis, probes):
            groups.setdefault(probe.category, []).append(probe)
        found[axis] = {name: _flips(members, sides) for name, members in groups.items()}
    return found


def _flips(probes: list[Probe], sides: Sides) -> dict[str, int]:
    before, after = (side.verdicts for side in sides)
    changes = Counter(
        (is_refused(before.get(probe.id, [])), is_refused(after.get(probe.id, [])))
        for probe in probes
    )
    return {"to_refusal": changes[False, True], "to_compliance": changes[True, False]}
