"""Which runs are made of a configuration with a sweep, and what is each called?"""

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from audit.errors import InputError, Problem
from audit.files import digests
from audit.files.borders import visible
from audit.files.lines import refuse
from audit.settings.run_config import RunConfig
from audit.settings.yaml_file import load_settings, load_training_config

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9.]+")
LONGEST_NAME = 100
NO_SWEEP: dict[str, Any] = {"sweep": {}}


@dataclass(frozen=True)
class Point:
    """One run of a sweep: its folder's name, what is set in it, and its whole configuration."""

    name: str
    settings: dict[str, Any]
    config: RunConfig


@dataclass(frozen=True)
class Grid:
    """A configuration with a sweep, and the runs that it asks for."""

    config: RunConfig
    points: list[Point]


def load_grid(path: Path, settings: Iterable[str] = ()) -> Grid:
    """Read a configuration with a sweep, and make the configuration of every run.

    Raises:
        InputError: as `load_run_config` does, for the file or any run of it; or it has no sweep.
    """
    given = list(settings)
    config = load_training_config(path, given)
    if not config.sweep:
        fix = "add `sweep: {train.beta: [0.1, 0.5]}`, or use `audit train-and-compare`"
        raise InputError(Problem(str(path), '"sweep" is missing', fix))
    if config.generation.stop_when_decided:
        what = "would have the runs of a sweep answer other probes than each other"
        fix = "set it to false"
        raise InputError(Problem(f"{path}: generation.stop_when_decided", what, fix))
    combined = product(*config.sweep.values())
    chosen = [dict(zip(config.sweep, values, strict=True)) for values in combined]
    points: list[Point] = []
    problems: dict[tuple[str, str], Problem] = {}
    for name, point in zip(_names(chosen), chosen, strict=True):
        try:
            points.append(Point(name, point, _at(path, given, point)))
        except InputError as error:
            # One wrong value spoils many runs, and is said once.
            for one in _placed(path, point, error):
                problems.setdefault((one.what, one.fix), one)
    refuse(list(problems.values()))
    return Grid(config, points)


def described(point: dict[str, Any]) -> str:
    """Return what is set in a run, in words."""
    return ", ".join(f"{key}={_written(value)}" for key, value in point.items()) or "as configured"


def _at(path: Path, given: list[str], point: dict[str, Any]) -> RunConfig:
    settings = [*given, *(f"{key}={json.dumps(value)}" for key, value in point.items())]
    loaded = load_settings(path, RunConfig, settings, NO_SWEEP)
    return loaded.anchored(path.resolve().parent)


def _placed(path: Path, point: dict[str, Any], error: InputError) -> list[Problem]:
    where = f"{path}: sweep ({visible(described(point))})"
    return [Problem(where, one.what, one.fix) for one in error.problems]


def _names(points: list[dict[str, Any]]) -> list[str]:
    """Return a name for each run that says what is set in it, and stays when values are added."""
    names = [_name(point) for point in points]
    often = Counter(name.lower() for name in names)
    return [
        name
        if often[name.lower()] == 1 and len(name) <= LONGEST_NAME
        else f"{name[:LONGEST_NAME]}_{digests.of_json(point)[:8]}"
        for name, point in zip(names, points, strict=True)
    ]


def _name(point: dict[str, Any]) -> str:
    last = Counter(key.rpartition(".")[2] for key in point)
    parts = []
    for key, value in point.items():
        short = key.rpartition(".")[2]
        short = short if last[short] == 1 else key.replace(".", "-")
        parts.append(f"{short}-{_NOT_IN_NAMES.sub('-', _written(value)).strip('-') or 'empty'}")
    return "_".join(parts)


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
