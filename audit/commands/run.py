"""Which commands make a run, stage by stage or whole?"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audit.commands.endings import goes_on_with, this_command
from audit.commands.options import AS_JSON, FILE, FOLDER, JUDGE, JUDGES, RUN, TRUST
from audit.commands.saying import say
from audit.errors import EXIT_OF_VERDICT, InputError, Problem

if TYPE_CHECKING:
    from audit.records import Status


@click.command()
@click.argument("config", type=FILE)
@click.option("--out", type=FOLDER, help="The run directory; a new one under runs/ otherwise.")
@click.option(
    "--resume",
    is_flag=True,
    help="Continue the run in --out, or the one unfinished run of CONFIG, where it stopped.",
)
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="As train.beta=0.3.")
@click.option("--dry-run", is_flag=True, help="Check, say what the run would do, and stop.")
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
    verdict = run_whole(config, settings, out, resume=resume, dry_run=dry_run, as_json=as_json)
    if verdict is not None:
        sys.exit(EXIT_OF_VERDICT[verdict])


def run_whole(
    config: Path,
    settings: tuple[str, ...],
    out: Path | None,
    *,
    resume: bool,
    dry_run: bool,
    as_json: bool,
) -> "Status | None":
    """Run every stage of a configuration and say what came of it; null after a dry run."""
    from audit.commands.outcome import say_outcome, say_outlook
    from audit.commands.terminal import Terminal
    from audit.jobs import stages
    from audit.jobs.preflight import look_ahead
    from audit.run.naming import RUNS, run_folder, unfinished_run
    from audit.settings.yaml_file import load_training_config

    run_config = load_training_config(config, settings)
    if run_config.sweep:
        fix = "use `audit sweep`, or take the key out"
        raise InputError(Problem(str(config), '"sweep" asks for several runs', fix))
    if out is None and resume:
        out = unfinished_run(config.stem)
    if dry_run:
        say_outlook(look_ahead(run_config, RUNS, dry_run=True), run_config, as_json=as_json)
        return None
    overrides = [part for setting in settings for part in ("--set", setting)]
    command = this_command()
    with Terminal() as terminal, run_folder(out, config.stem) as root:
        terminal.tell(f"run folder: {root}")
        terminal.expect(look_ahead(run_config, root, dry_run=False), run_config)
        goes_on_with("train-and-compare", config, "--out", root, "--resume", *overrides)
        verdict = stages.train_and_compare(run_config, root, command, terminal.tell, resume=resume)
    say_outcome(root, as_json=as_json)
    return verdict


def _one_stage(work: Callable[[Any, Any], object], root: Path) -> None:
    """Run one stage of a run, preparing the run first where only its config.yaml is there."""
    from audit.commands.terminal import Terminal
    from audit.jobs import stages
    from audit.run.directory import RunDirectory
    from audit.run.model_folder import find_model
    from audit.settings.yaml_file import load_training_config

    run = RunDirectory(root)
    if not run.config.exists():
        run.read_manifest()  # nothing is laid into a folder that is no run
    goes_on_with(*sys.argv[1:])
    with Terminal() as terminal, run.locked("run", wait_seconds=0):
        if not run.manifest.exists():
            config = load_training_config(run.config)
            command = this_command()
            stages.prepare(run, config, find_model(config.model), command)
        run.read_manifest()
        work(run, terminal.tell)


@click.command()
@RUN
@TRUST
def train(run: Path, trust_endpoints: bool) -> None:  # noqa: FBT001 - a flag
    """Train the run's adapter, from its newest checkpoint on."""
    from audit.jobs import stages

    _one_stage(
        lambda opened, tell: stages.train(opened, tell, trust_endpoints=trust_endpoints), run
    )


@click.command()
@RUN
@click.option("--shard", metavar="K/N", help="Only the K-th of N parts of the probes, of all arms.")
@click.option(
    "--ray",
    "parts",
    type=click.IntRange(1, 100_000),
    metavar="N",
    help="Ask in N parts on a Ray cluster (RAY_ADDRESS), and gather them.",
)
@TRUST
def generate(run: Path, shard: str | None, parts: int | None, trust_endpoints: bool) -> None:  # noqa: FBT001 - a flag
    """Ask every arm of the run what it has not answered yet.

    Several machines may each ask a part with --shard; `audit gather RUN` makes one run of them.
    With --ray a Ray cluster does both, and goes on with a part whose worker dies.
    """
    from audit.jobs import stages

    if shard is not None and parts is not None:
        raise click.UsageError("--shard and --ray: name one of them; --ray divides by itself")
    if parts is not None:
        _on_ray(run, parts, trust_endpoints)
        return
    if shard is not None:
        _one_shard(run, shard, trust_endpoints)
        return
    _one_stage(
        lambda opened, tell: stages.generate(opened, tell, trust_endpoints=trust_endpoints), run
    )


def _one_shard(root: Path, written: str, trust_endpoints: bool) -> None:  # noqa: FBT001 - a flag
    """Ask a part of the probes; the run itself is not locked, for others ask theirs meanwhile."""
    from audit.commands.terminal import Terminal
    from audit.jobs.sharding import generate_shard
    from audit.run.directory import RunDirectory
    from audit.run.shard import read_shard

    shard, run = read_shard(written), RunDirectory(root)
    run.read_manifest()
    goes_on_with(*sys.argv[1:])
    with Terminal() as terminal:
        generate_shard(run, shard, terminal.tell, trust_endpoints=trust_endpoints)


def _on_ray(root: Path, parts: int, trust_endpoints: bool) -> None:  # noqa: FBT001 - a flag
    """Ask in parts on a cluster; the run is locked only while they are gathered."""
    from audit.commands.terminal import Terminal
    from audit.jobs.on_ray import generate_on_ray
    from audit.run.directory import RunDirectory

    run = RunDirectory(root)
    run.read_manifest()
    goes_on_with(*sys.argv[1:])
    with Terminal() as terminal:
        counts = generate_on_ray(run, parts, terminal.tell, trust_endpoints=trust_endpoints)
    say(_gathered(root, counts))


def _gathered(run: Path, counts: dict[str, int]) -> str:
    return f"{run}: {', '.join(f'{n} answers of {arm}' for arm, n in counts.items())}"


@click.command()
@RUN
@AS_JSON
def gather(run: Path, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Make one run of its shards, once all have answered alike; `score` and `compare` follow."""
    import json

    from audit.jobs import sharding

    counts: dict[str, int] = {}
    _one_stage(lambda opened, _: counts.update(sharding.gather(opened)), run)
    if as_json:
        click.echo(json.dumps({"run": str(run), "responses": counts}))
    else:
        say(_gathered(run, counts))


@click.command()
@RUN
@JUDGE
@JUDGES
@TRUST
def score(run: Path, judge: str | None, judges_file: Path | None, trust_endpoints: bool) -> None:  # noqa: FBT001 - a flag
    """Judge every stored response of the run; verdicts of other judges stay."""
    from audit.jobs import stages
    from audit.settings.yaml_file import load_judges

    judges = load_judges(judges_file) if judges_file else None
    _one_stage(
        lambda opened, tell: stages.score(
            opened, tell, judge, judges, trust_endpoints=trust_endpoints
        ),
        run,
    )


@click.command()
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
    from audit.commands.outcome import say_outcome
    from audit.jobs import stages
    from audit.run.directory import RunDirectory

    verdicts: list[str] = []
    beside = [RunDirectory(other) for other in others]
    _one_stage(
        lambda opened, _: verdicts.append(stages.compare(opened, beside, judge, judge_error)), run
    )
    say_outcome(run, as_json=as_json)
    sys.exit(EXIT_OF_VERDICT[verdicts[0]])


@click.command()
@click.argument("runs", type=FOLDER, nargs=-1, required=True)
@click.option("--redact", is_flag=True, help="Leave harmful probes and their answers out.")
@click.option("--out", type=FILE, help="The page on several runs; runs.html otherwise.")
def report(runs: tuple[Path, ...], redact: bool, out: Path | None) -> None:  # noqa: FBT001 - a flag
    """Write a run's report.html, or one page on several runs."""
    from audit.jobs import stages
    from audit.jobs.sweeping import report_many
    from audit.run.directory import RunDirectory

    if len(runs) == 1 and out is None:
        pages: list[Path] = []
        _one_stage(lambda run, _: pages.append(stages.report(run, redact=redact)), runs[0])
        say(str(pages[0]))
        return
    if len(runs) == 1 or redact:
        fix = "use --out with several runs and --redact with one"
        raise InputError(Problem("audit report", "the options do not go together", fix))
    page = out or Path("runs.html")
    report_many([RunDirectory(run) for run in runs], page)
    say(str(page))


@click.command("import")
@click.argument("before", type=FILE)
@click.argument("after", type=FILE)
@click.option("--probes", type=FILE, required=True, help="The probes that were asked (JSONL).")
@click.option("--out", type=FOLDER, required=True, help="The run directory to make.")
@AS_JSON
def import_(before: Path, after: Path, probes: Path, out: Path, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Make a run of responses written elsewhere; `score` and `compare` follow."""
    import json

    from audit.jobs.importing import import_responses

    command = this_command()
    counts = import_responses(before, after, probes, out, command)
    if as_json:
        click.echo(json.dumps({"run": str(out), "responses": counts}))
    else:
        say(f"{out}: {counts['before']} responses before, {counts['after']} after")


RUN_COMMANDS: tuple[click.Command, ...] = (
    train_and_compare,
    train,
    generate,
    gather,
    score,
    compare,
    report,
    import_,
)
