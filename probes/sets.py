"""Which probes does a run ask?"""

import hashlib
from importlib.resources import as_file, files
from pathlib import Path

from audit.config import ProbesConfig
from audit.errors import InputError, Problem
from audit.files import read_records, refuse
from audit.records import Kind, Probe

BUILTIN: dict[str, str] = {"harmful": "1.0", "borderline": "1.0", "helpful": "1.0"}
"""The sets shipped here with their versions; numbers of two versions may not be compared."""
LICENCE = "Apache-2.0"

KINDS: tuple[Kind, ...] = ("harmful", "borderline", "helpful")


def load_set(name: str, path: Path | None) -> list[Probe]:
    """Read a builtin set by its name, or any set from a JSONL file.

    Raises:
        InputError: no such set, or all of the file's problems, each with its line.
    """
    if path is not None:
        return read_probes(path)
    if name not in BUILTIN:
        what = f'there is no probe set "{name}"'
        fix = f"name one of {', '.join(BUILTIN)}, or give your own file as path"
        raise InputError(Problem("probes", what, fix))
    with as_file(files("probes") / "data" / f"{name}.jsonl") as file:
        return read_probes(file)


def read_probes(path: Path) -> list[Probe]:
    """Read a file of probes and check that each has an id of its own.

    Raises:
        InputError: with all of the file's problems at once.
    """
    first: dict[str, int] = {}
    problems: list[Problem] = []
    probes = read_records(path, Probe)
    for number, probe in probes:
        where = f"{path}:{number}"
        if probe.id in first:
            what = f'the id "{probe.id}" stands in line {first[probe.id]} already'
            problems.append(Problem(where, what, "give each probe an id of its own"))
        first.setdefault(probe.id, number)
    refuse(problems)
    if not probes:
        raise InputError(Problem(str(path), "holds no probe", "write one object a line"))
    return [probe for _, probe in probes]


def select_probes(configs: list[ProbesConfig]) -> list[Probe]:
    """Read and draw the configured probes; the same seed always draws the same.

    Raises:
        InputError: a set cannot be read, or two sets use one id.
    """
    selected: dict[str, Probe] = {}
    for config in configs:
        path = Path(config.path).expanduser() if config.path else None
        for probe in draw(load_set(config.set, path), config.limit, config.seed):
            if probe.id in selected:
                what = f'the id "{probe.id}" stands in two of the sets'
                raise InputError(Problem(f"probes: {config.set}", what, "rename one of them"))
            selected[probe.id] = probe
    return list(selected.values())


def draw(probes: list[Probe], limit: int | None, seed: int) -> list[Probe]:
    """Draw at most `limit` probes by the seed, in their own order.

    The lot falls on the pair of a probe and its twin, so that equal draws from two sets keep
    twins together; probes with a twin come first.
    """
    if limit is None or limit >= len(probes):
        return probes

    def lot(probe: Probe) -> tuple[bool, str]:
        pair = min(probe.id, probe.twin or probe.id)
        return probe.twin is None, hashlib.sha256(f"{seed}:{pair}".encode()).hexdigest()

    drawn = {probe.id for probe in sorted(probes, key=lot)[:limit]}
    return [probe for probe in probes if probe.id in drawn]


def count_kinds(probes: list[Probe]) -> dict[Kind, int]:
    """Count the probes of each kind."""
    return {kind: sum(probe.kind == kind for probe in probes) for kind in KINDS}
