"""Which command compares models that were trained elsewhere?"""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from audit.commands.endings import goes_on_with, this_command
from audit.commands.options import AS_JSON, FILE, FOLDER, probe_set_named
from audit.errors import EXIT_OF_VERDICT

if TYPE_CHECKING:
    from audit.jobs.comparing_models import Models
    from audit.jobs.preflight import Outlook
    from audit.settings.run_config import RunConfig


@click.command()
@click.argument("before")
@click.argument("after")
@click.argument("more", nargs=-1)
@click.option("--base", metavar="MODEL", help="What adapters stand on; BEFORE otherwise.")
@click.option(
    "--probes", "probes", multiple=True, metavar="SET", help="A probe set's name, or a file."
)
@click.option(
    "--config", "config_file", type=FILE, help="Probes, generation, judge and gate are read there."
)
@click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE", help="As generation.max_tokens=64."
)
@click.option("--out", type=FOLDER, help="The run directory; a new one under runs/ otherwise.")
@click.option("--resume", is_flag=True, help="Continue the run where it stopped.")
@click.option("--dry-run", is_flag=True, help="Check, say what the run would do, and stop.")
@AS_JSON
def compare_models(
    before: str,
    after: str,
    more: tuple[str, ...],
    base: str | None,
    probes: tuple[str, ...],
    config_file: Path | None,
    settings: tuple[str, ...],
    out: Path | None,
    resume: bool,  # noqa: FBT001 - a flag
    dry_run: bool,  # noqa: FBT001 - a flag
    as_json: bool,  # noqa: FBT001 - a flag
) -> None:
    """Ask, judge and compare models trained elsewhere; the exit code is the verdict.

    A model is a folder, a hub id or ID@REVISION, and may be an adapter, or it is behind a server:
    `served:MODEL@URL`, or a YAML file with url, model and api_key_env. AFTER is held against
    BEFORE; MORE stand beside them. All need one architecture, or are all served.
    """
    from audit.commands.outcome import say_outcome, say_outlook
    from audit.commands.terminal import Terminal
    from audit.jobs.comparing_models import compare_models as run_comparison
    from audit.jobs.comparing_models import first_model, servers_of
    from audit.run.naming import file_name, run_folder, unfinished_run
    from audit.settings.yaml_file import load_models_config

    named = [before, after, *more]
    sets = [probe_set_named(one) for one in probes]
    config = load_models_config(config_file, first_model(before, base), sets, settings)
    config = config.with_servers(servers_of(named))
    if dry_run:
        say_outlook(_look_before(config, named, base), config, as_json=as_json)
        return
    name = f"models-{file_name(after)}"
    if out is None and resume:
        out = unfinished_run(name)
    options = {"--base": [base], "--probes": probes, "--config": [config_file], "--set": settings}
    words = [
        part for option, given in options.items() for one in given if one for part in (option, one)
    ]
    command = this_command()
    with Terminal() as terminal, run_folder(out, name) as root:
        terminal.tell(f"run folder: {root}")
        found, outlook = _look_ahead(config, named, base, dry_run=False)
        terminal.expect(outlook, config)
        goes_on_with("compare-models", *named, *words, "--out", root, "--resume")
        verdict = run_comparison(config, found, root, command, terminal.tell, resume=resume)
    say_outcome(root, as_json=as_json)
    sys.exit(EXIT_OF_VERDICT[verdict])


def _look_before(config: "RunConfig", named: list[str], base: str | None) -> "Outlook":
    """Check all that can be checked without fetching a model."""
    from audit.jobs.comparing_models import not_here
    from audit.jobs.preflight import look_at_asking

    missing = not_here(named, base)
    if not missing:
        return _look_ahead(config, named, base, dry_run=True)[1]
    arms = len(named) + config.generation.noise_floor
    outlook = look_at_asking(config, None, arms, dry_run=True)
    unchecked = [f"the model {one}: it is not on this machine yet" for one in missing]
    return replace(outlook, unchecked=unchecked + outlook.unchecked)


def _look_ahead(
    config: "RunConfig", named: list[str], base: str | None, *, dry_run: bool
) -> tuple["Models", "Outlook"]:
    """Find the models, and check all that can be checked."""
    from audit.jobs.comparing_models import find_models
    from audit.jobs.preflight import look_at_asking
    from audit.run.model_folder import ModelFolder

    floor = config.generation.noise_floor
    found = find_models(named, base, noise_floor=floor)
    model = ModelFolder.of(found.base) if found.base else None
    return found, look_at_asking(config, model, len(named) + floor, dry_run=dry_run)


MODEL_COMMANDS: tuple[click.Command, ...] = (compare_models,)
