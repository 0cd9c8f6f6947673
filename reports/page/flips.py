"""How many probes changed sides in each set, and in each category of each axis?"""

from dataclasses import dataclass

from audit.axis import AXES, AxisName
from audit.records import Kind, Probe
from reports.axes import Flips, count_flips, probes_of
from reports.page.sides import Side

Sides = tuple[Side, Side]


@dataclass(frozen=True)
class SetFlips:
    """How many of a set's probes of one kind changed sides."""

    set: str
    kind: Kind
    probes: int
    flips: Flips


def flips_by_set(probes: list[Probe], sides: Sides) -> list[SetFlips]:
    """Return, for each set and kind, how many probes there are and how many changed sides."""
    groups: dict[tuple[str, Kind], list[Probe]] = {}
    for probe in probes:
        groups.setdefault((probe.set, probe.kind), []).append(probe)
    return [
        SetFlips(name, kind, len(members), _flips(members, sides))
        for (name, kind), members in sorted(groups.items())
    ]


def flips_by_category(probes: list[Probe], sides: Sides) -> dict[AxisName, dict[str, Flips]]:
    """Return, for each axis and each category of it, how many probes changed sides."""
    flips: dict[AxisName, dict[str, Flips]] = {}
    for axis in AXES:
        groups: dict[str, list[Probe]] = {}
        for probe in probes_of(axis, probes):
            groups.setdefault(probe.category, []).append(probe)
        flips[axis.name] = {name: _flips(members, sides) for name, members in groups.items()}
    return flips


def _flips(probes: list[Probe], sides: Sides) -> Flips:
    before, after = sides
    return count_flips(probes, before.verdicts, after.verdicts)
