"""Which probe sets are there, and what stands in each?"""

from collections import Counter
from collections.abc import Iterable
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, TypeVar

from audit.errors import InputError, Problem
from audit.files.data_row import Text
from audit.files.lines import refuse
from audit.files.tables import HubTable, Row, read_hub, read_table, read_table_records
from audit.records import Kind, Probe
from audit.settings.probe_sets import HubSource, Layout, ProbesConfig
from audit.settings.section import Section
from audit.settings.yaml_file import load_settings
from probes.sets.layouts import to_probes

BUILTIN: dict[str, str] = {"harmful": "2.0", "borderline": "2.0", "helpful": "2.0"}
"""The sets shipped here with their versions; numbers of two versions may not be compared."""
LICENCE = "Apache-2.0"

Placed = tuple[str, Probe]
"""A probe with its place in a file."""
Found = TypeVar("Found")

KINDS: tuple[Kind, ...] = ("harmful", "borderline", "helpful")


class PublishedSet(Section):
    """A benchmark that others published: where it is, what it is, and how its rows are read."""

    title: Text
    source: HubSource | None
    """Null where no hub data set is known; a local copy is needed then."""
    gated: bool
    """Whether the hub asks to accept conditions first."""
    licence: Text
    citation: Text
    counts: dict[Kind, int | None]
    """As published; null where unknown."""
    layout: Layout


class Registry(Section):
    """All published sets by name."""

    sets: dict[str, PublishedSet]


@cache
def published_sets() -> dict[str, PublishedSet]:
    """Return the registry of published sets."""
    with as_file(files("probes") / "data" / "published.yaml") as file:
        return load_settings(file, Registry).sets


def load_set(config: ProbesConfig) -> list[Probe]:
    """Read the whole of a builtin or published set, or of the user's own.

    Raises:
        InputError: there is no such set, or all of its problems, each with its place.
    """
    path = Path(config.path).expanduser() if config.path else None
    if config.set in BUILTIN and not path:
        with as_file(files("probes") / "data" / f"{config.set}.jsonl") as file:
            return read_probes(file)
    if config.layout and (path or config.source):
        return _of_rows(config.set, config.layout, path, config.source)
    if config.set in published_sets():
        known = published_sets()[config.set]
        return _of_rows(config.set, known.layout, path, known.source)
    if path:
        return read_probes(path)
    what = f'there is no probe set "{config.set}"'
    fix = f"name one of {', '.join([*BUILTIN, *published_sets()])}, or give your own file as path"
    raise InputError(Problem("probes", what, fix))


def read_probes(path: Path) -> list[Probe]:
    """Read a file whose rows have a probe's own fields, and check that each has its own id.

    Raises:
        InputError: with all of the file's problems at once.
    """
    return [probe for _, probe in read_placed_probes(path)]


def read_placed_probes(path: Path) -> list[Placed]:
    """Read the probes of a file as `read_probes` does, each with its place in the file."""
    places: dict[str, str] = {}
    problems: list[Problem] = []
    rows = read_table_records(path, Probe)
    for where, probe in rows:
        if probe.id in places:
            what = f'the id "{probe.id}" stands at {places[probe.id]} already'
            problems.append(Problem(where, what, "give each probe an id of its own"))
        places.setdefault(probe.id, where)
    refuse(problems)
    return _refuse_empty(str(path), rows)


def refuse_wrong_twins(placed: Iterable[Placed], known: Iterable[Probe]) -> None:
    """Check that each twin exists among the known probes and is of another kind.

    Raises:
        InputError: with all twins that are not.
    """
    kinds = {probe.id: probe.kind for probe in known}
    problems = []
    for where, probe in placed:
        if probe.twin is not None and probe.twin not in kinds:
            fix = "name a probe of these sets, or remove the twin"
            problems.append(Problem(where, f'its twin "{probe.twin}" does not exist', fix))
        elif probe.twin is not None and kinds[probe.twin] == probe.kind:
            fix = "pair a harmful probe with a harmless one"
            problems.append(Problem(where, f'its twin "{probe.twin}" is {probe.kind} too', fix))
    refuse(problems)


def builtin_probes() -> list[Probe]:
    """Return the probes of all builtin sets."""
    return [probe for name in BUILTIN for probe in load_set(ProbesConfig(set=name))]


def describe_sets() -> list[dict[str, Any]]:
    """Return name, version, licence, counts by kind and source of every set.

    Builtin sets have their counts by category too, published ones their hub id and citation.
    """
    shipped = []
    for name, version in BUILTIN.items():
        probes = load_set(ProbesConfig(set=name))
        shipped.append(
            {
                "name": name,
                "version": version,
                "licence": LICENCE,
                "counts": count_kinds(probes),
                "categories": dict(sorted(Counter(probe.category for probe in probes).items())),
                "source": "builtin",
            }
        )
    others = [
        {
            "name": name,
            "version": known.source.revision if known.source else None,
            "licence": known.licence,
            "counts": {kind: known.counts.get(kind) for kind in KINDS},
            "source": "published",
            "title": known.title,
            "hub": known.source.hub if known.source else None,
            "gated": known.gated,
            "citation": known.citation,
        }
        for name, known in published_sets().items()
    ]
    return shipped + others


def count_kinds(probes: list[Probe]) -> dict[Kind, int]:
    """Count the probes of each kind."""
    return {kind: sum(probe.kind == kind for probe in probes) for kind in KINDS}


def _of_rows(name: str, layout: Layout, path: Path | None, source: HubSource | None) -> list[Probe]:
    where = f"probes: {name}"
    if path:
        rows: Iterable[Row] = read_table(path)
    elif source:
        table = HubTable(
            source.hub,
            source.config,
            source.data_dir,
            source.data_files,
            source.split,
            source.revision,
            where,
        )
        rows = read_hub(table)
    else:
        fix = "fetch the published file and name it as path"
        raise InputError(Problem(where, "is on no hub that is known here", fix))
    probes = to_probes(name, layout, rows)
    _refuse_repeated_ids(where, probes)
    return _refuse_empty(where, probes)


def _refuse_repeated_ids(where: str, probes: list[Probe]) -> None:
    seen: set[str] = set()
    problems = []
    for probe in probes:
        if probe.id in seen:
            fix = "give each row an id of its own, or leave the id column out of the layout"
            problems.append(Problem(where, f'the id "{probe.id}" stands there twice', fix))
        seen.add(probe.id)
    refuse(problems)


def _refuse_empty(where: str, probes: list[Found]) -> list[Found]:
    """Return the probes, unless there is none."""
    if not probes:
        raise InputError(Problem(where, "holds no probe", "give a file that holds some"))
    return probes
