"""How are models compared that were trained elsewhere, with no training and no preference data?"""

from dataclasses import dataclass
from pathlib import Path

from audit import __version__
from audit.errors import InputError, Problem
from audit.files.lines import write_atomically, write_records
from audit.jobs import stages
from audit.jobs.candidate import model_named, server_named, subject_of_model, subject_of_server
from audit.jobs.judging import judge_of_run
from audit.jobs.judging_ahead import judging_ahead
from audit.jobs.taking_up import refuse_another_run, refuse_used_folder
from audit.records import Status
from audit.run.arm import (
    AFTER,
    BEFORE,
    BEFORE_AGAIN,
    Arm,
    BaseWeights,
    FullWeights,
    ModelFiles,
    Source,
    new_arm,
)
from audit.run.directory import RunDirectory
from audit.run.identity import UNKNOWN
from audit.run.manifest import new_manifest
from audit.run.messages import Tell
from audit.run.model_folder import find_model, is_to_fetch, locate
from audit.run.naming import name_of_parts
from audit.run.seals import probes_digest
from audit.run.weights import read_weights
from audit.settings.model import ModelConfig
from audit.settings.run_config import RunConfig
from audit.settings.served import ServedConfig
from audit.settings.yaml_file import dump
from probes.adapters.adapter import is_adapter
from probes.adapters.settings import read_settings
from probes.sets.selection import select_probes

RESERVED = (BEFORE, BEFORE_AGAIN, AFTER)


@dataclass(frozen=True)
class Models:
    """The models that are compared, as arms, and the one that their adapters stand on."""

    base: ModelFiles | None
    """Null where servers answer."""
    arms: list[Arm]


def compare_models(
    config: RunConfig, models: Models, root: Path, command: str, tell: Tell, *, resume: bool
) -> Status:
    """Ask every model what it has not answered yet, judge, compare, report; return the verdict.

    Raises:
        InputError: the folder holds another run or other files, or the judge cannot be used.
    """
    run = RunDirectory(root)
    with run.claimed():
        _start(config, models, run, command, resume=resume)
        judging = judge_of_run(run, tell, trust_endpoints=True)  # refused before asking
        if not all(arm.asked for arm in run.read_manifest().arms.values()):
            with judging_ahead(run, judging):
                stages.generate(run, tell, trust_endpoints=True)
        return stages.conclude(run, tell)


def find_models(named: list[str], base: str | None, *, noise_floor: bool) -> Models:
    """Return the models of the command line: the first is before, the second after.

    Adapters stand on `base`; where none is named, on the first model, or on what the first names
    if it is an adapter itself.

    Raises:
        InputError: one is no model or adapter, or of another architecture than the first, or only
            some are behind servers.
    """
    served = servers_of(named)
    below = None if served else _base(named[0], base)
    places = [one.model for one in served] or named
    names = (BEFORE, AFTER, *names_of(places[2:]))
    found = (
        [subject_of_server(one).source for one in served]
        if below is None
        else [_source(one, below) for one in named]
    )
    sources = dict(zip(names, found, strict=True))
    if noise_floor:
        sources[BEFORE_AGAIN] = sources[BEFORE]
    arms = [new_arm(name, source, step=None, run=None) for name, source in sources.items()]
    return Models(below, arms)


def servers_of(named: list[str]) -> list[ServedConfig]:
    """Return the servers that are named, none where folders and hub ids are.

    Raises:
        InputError: both are named, whose answers would differ in more than weights.
    """
    servers = {one: server_named(one) for one in named}
    here = [one for one, server in servers.items() if server is None]
    if here and len(here) < len(servers):
        what = "would be asked here, and others at servers: they would differ in more than weights "
        fix = "serve all of them, or name folders and hub ids only"
        raise InputError(Problem(here[0], what + "(engine, precision, device)", fix))
    return [server for one in named if (server := servers[one])]


def names_of(named: list[str]) -> list[str]:
    """Return a name for each model: the last part of its place, with as many before as it needs."""
    names: list[str] = []
    for one in named:
        taken = {*RESERVED, *names}
        longer = (name_of_parts(one, count) for count in range(1, len(Path(one).parts) + 1))
        numbered = (f"{name_of_parts(one, 1)}-{count}" for count in range(2, len(named) + 5))
        names.append(next(name for name in (*longer, *numbered) if name not in taken))
    return names


def first_model(before: str, base: str | None) -> ModelConfig:
    """Return the model that the configuration names; "unknown" where a server answers."""
    served = server_named(before)
    return ModelConfig(path=UNKNOWN) if served else model_named(base or before)


def not_here(named: list[str], base: str | None) -> list[str]:
    """Return the models that would have to be fetched first.

    Raises:
        InputError: one is no folder here, and reads as if one was meant.
    """
    everything = [*named, base] if base else named
    weights = [one for one in everything if server_named(one) is None]
    return [one for one in weights if is_to_fetch(model_named(one))]


def _base(first: str, base: str | None) -> ModelFiles:
    """Return the model that adapters stand on, which the engine is loaded with.

    Raises:
        InputError: there is none, or its weights are quantized.
    """
    folder = locate(model_named(base or first)).folder
    if not base and is_adapter(folder):
        base = read_settings(folder).base_model_name_or_path
        if not base:
            what = "is an adapter that does not say which model it was trained on"
            raise InputError(Problem(first, what, "name the model with --base"))
    model = find_model(model_named(base or first))
    read_weights(model)
    return model.files()


def _source(named: str, base: ModelFiles) -> Source:
    source = subject_of_model(named, base).source
    is_base = isinstance(source, FullWeights) and source.model.folder == base.folder
    return BaseWeights(kind="base", model=base) if is_base else source


def _start(
    config: RunConfig, models: Models, run: RunDirectory, command: str, *, resume: bool
) -> None:
    """Write what a new run needs, or take up the run that stands there; its lock is held."""
    if run.manifest.exists():
        refuse_another_run(run, config, resume=resume)
        _refuse_other_models(run, models)
        return
    refuse_used_folder(run.root, resume=resume)
    write_atomically(run.config, dump(config))
    write_records(run.probes, select_probes(config.probes))
    asked = probes_digest(run)
    run.write_manifest(
        new_manifest("models", __version__, command, models.base, models.arms, asked)
    )


def _refuse_other_models(run: RunDirectory, models: Models) -> None:
    begun = {name: arm.source for name, arm in run.read_manifest().arms.items()}
    now = {arm.name: arm.source for arm in models.arms}
    others = sorted(name for name in begun | now if begun.get(name) != now.get(name))
    if others:
        what = f"the run was begun with other models ({', '.join(others)})"
        raise InputError(Problem(str(run.root), what, "name the same, or start a new run"))
