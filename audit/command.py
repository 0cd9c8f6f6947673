"""What does the `audit` command offer, and which exit code does each ending have?

Everything heavier than click is imported inside the commands, so that help is instant.
"""

import errno
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from audit import __version__
from audit.errors import EXIT_OF_VERDICT, AuditError, Exit, InputError, Problem

FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)
RUN = click.argument("run", type=FOLDER)
JUDGE = click.option("--judge", metavar="NAME", help="Whose verdicts; the run's judge otherwise.")
JUDGES = click.option("--judges", "judges_file", type=FILE, help="A YAML file of further judges.")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON value on stdout.")

INTERRUPTED = 130
SHOWN = 4_000


class Audit(click.Group):
    """The one place where failures become messages and exit codes."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; report every expected failure without a traceback."""
        try:
            return super().invoke(ctx)
        except InputError as error:
            for problem in error.problems:
                _complain(str(problem))
            ctx.exit(error.exit_code)
        except AuditError as error:
            _complain(str(error))
            ctx.exit(error.exit_code)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            place = error.filename or "the disk"
            click.echo(f"error: {place}: no space is left; free some, then --resume", err=True)
            ctx.exit(Exit.INPUT)
        except KeyboardInterrupt:
            click.echo("interrupted; --resume continues the run", err=True)
            ctx.exit(INTERRUPTED)


def _complain(text: str) -> None:
    """Print what is wrong; names in it may be hostile to a terminal."""
    from audit.files import visible

    click.echo(f"error: {visible(text, SHOWN)}", err=True)


@click.group(cls=Audit, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="audit")
def main() -> None:
    """Say with evidence what DPO training did to a chat model's refusals and helpfulness.

    Exit codes: 0 ok or pass, 1 a bug, 2 your input, 3 regressed, 4 inconclusive,
    5 a stage failed (its log is named).
    """


@main.command()
@click.argument("config", type=FILE)
@click.option("--out", type=FOLDER, help="The run directory; a new one under runs/ otherwise.")
@click.option("--resume", is_flag=True, help="Continue the run in --out where it stopped.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="As train.beta=0.3.")
@click.option("--dry-run", is_flag=True, help="Check, print the plan, and stop.")
@AS_JSON
def train_and_compare(
    config: Path,
    out: Path | None,
    resume: bool,  # noqa: FBT001 - a flag
    settings: tuple[str, ...],
    dry_run: bool,  # noqa: FBT001 - a flag
    as_json: bool,  # noqa: FBT001 - a flag
) -> None:
    """Train with DPO, ask before and after, judge, and write the report."""
    from audit import stages
    from audit.configuration_file import load_run_config
    from audit.plan import make_plan
    from audit.terminal import Terminal, new_run_folder, say_outcome

    if resume and out is None:
        fix = "name the run with --out"
        raise InputError(Problem("--resume", "which run is not said", fix))
    terminal = Terminal()
    run_config = load_run_config(config, settings)
    root = out or new_run_folder(config.stem)
    plan = make_plan(run_config, root, dry_run=dry_run)
    lines = plan.sentences(run_config) + [f"not checked: {what}" for what in plan.unchecked]
    for line in lines:
        click.echo(line) if dry_run else terminal.tell(line)
    if dry_run:
        return
    with terminal:
        verdict = stages.train_and_compare(
            run_config, root, shlex.join(["audit", *sys.argv[1:]]), terminal.tell, resume=resume
        )
    say_outcome(root, as_json=as_json)
    sys.exit(EXIT_OF_VERDICT[verdict])


def _one_stage(work: Callable[[Any, Any], object], root: Path) -> None:
    """Run one stage of a run, preparing the run first where only its config.yaml is there."""
    from audit import stages
    from audit.configuration_file import load_run_config
    from audit.model_folder import find_model
    from audit.run_directory import RunDirectory
    from audit.terminal import Terminal

    run = RunDirectory(root)
    if run.config.exists() and not run.manifest.exists():
        config = load_run_config(run.config)
        stages.prepare(run, config, find_model(config.model), shlex.join(["audit", *sys.argv[1:]]))
    run.read_manifest()
    with Terminal() as terminal, run.locked("run", wait_seconds=0):
        work(run, terminal.tell)


@main.command()
@RUN
def train(run: Path) -> None:
    """Train the run's adapter, from its newest checkpoint on."""
    from audit import stages

    _one_stage(stages.train, run)


@main.command()
@RUN
def generate(run: Path) -> None:
    """Ask every arm of the run what it has not answered yet."""
    from audit import stages

    _one_stage(stages.generate, run)


@main.command()
@RUN
@JUDGE
@JUDGES
def score(run: Path, judge: str | None, judges_file: Path | None) -> None:
    """Judge every stored response of the run; verdicts of other judges stay."""
    from audit import stages
    from audit.configuration_file import load_judges

    judges = load_judges(judges_file) if judges_file else None
    _one_stage(lambda opened, tell: stages.score(opened, tell, judge, judges), run)


@main.command()
@RUN
@click.argument("others", type=FOLDER, nargs=-1)
@JUDGE
@click.option("--judge-error", type=FILE, help="The judge's error, from `audit judge-eval --out`.")
@AS_JSON
def compare(
    run: Path,
    others: tuple[Path, ...],
    judge: str | None,
    judge_error: Path | None,
    as_json: bool,  # noqa: FBT001 - a flag
) -> None:
    """Compare after with before; the exit code is the verdict.

    The arms of OTHERS, runs of a sweep that asked the same probes, join the choice among arms.
    """
    from audit import stages
    from audit.run_directory import RunDirectory
    from audit.terminal import say_outcome

    verdicts: list[str] = []
    beside = [RunDirectory(other) for other in others]
    _one_stage(
        lambda opened, _: verdicts.append(stages.compare(opened, beside, judge, judge_error)), run
    )
    say_outcome(run, as_json=as_json)
    sys.exit(EXIT_OF_VERDICT[verdicts[0]])


@main.command()
@click.argument("runs", type=FOLDER, nargs=-1, required=True)
@click.option("--redact", is_flag=True, help="Leave harmful probes and their answers out.")
@click.option("--out", type=FILE, help="The page on several runs; runs.html otherwise.")
def report(runs: tuple[Path, ...], redact: bool, out: Path | None) -> None:  # noqa: FBT001 - a flag
    """Write a run's report.html, or one page on several runs."""
    from audit import stages
    from audit.run_directory import RunDirectory

    if len(runs) == 1 and out is None:
        pages: list[Path] = []
        _one_stage(lambda run, _: pages.append(stages.report(run, redact=redact)), runs[0])
        click.echo(str(pages[0]))
        return
    if len(runs) == 1 or redact:
        fix = "use --out with several runs and --redact with one"
        raise InputError(Problem("audit report", "the options do not go together", fix))
    page = out or Path("runs.html")
    stages.report_many([RunDirectory(run) for run in runs], page)
    click.echo(str(page))


@main.command("import")
@click.argument("before", type=FILE)
@click.argument("after", type=FILE)
@click.option("--probes", type=FILE, required=True, help="The probes that were asked (JSONL).")
@click.option("--out", type=FOLDER, required=True, help="The run directory to make.")
@AS_JSON
def import_(before: Path, after: Path, probes: Path, out: Path, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Make a run of responses written elsewhere; `score` and `compare` follow."""
    import json

    from audit.importing import import_responses

    command = shlex.join(["audit", *sys.argv[1:]])
    counts = import_responses(before, after, probes, out, command)
    if as_json:
        click.echo(json.dumps({"run": str(out), "responses": counts}))
    else:
        click.echo(f"{out}: {counts['before']} responses before, {counts['after']} after")


def _add_commands() -> None:
    from audit.command_gate import GATE_COMMANDS
    from audit.command_judging import JUDGING_COMMANDS
    from audit.command_people import PEOPLE_COMMANDS
    from audit.command_reading import READING_COMMANDS

    groups = (GATE_COMMANDS, JUDGING_COMMANDS, PEOPLE_COMMANDS, READING_COMMANDS)
    for command in (command for group in groups for command in group):
        main.add_command(command)


_add_commands()
