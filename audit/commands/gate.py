"""Which commands decide about checkpoints: check, bless, history, plan?"""

import json
import shlex
import sys
from dataclasses import asdict
from pathlib import Path

import click

from audit.commands.options import AS_JSON, FILE, FOLDER
from audit.errors import EXIT_OF_VERDICT, Exit, InputError, Problem

HISTORY = click.option(
    "--history",
    "history_file",
    type=FILE,
    default=Path("runs/history.sqlite"),
    show_default=True,
    help="The SQLite file of all checks.",
)
ARM = click.option("--arm", default="after", show_default=True, help="Which arm of the run.")


@click.command()
@click.argument("candidate", type=FOLDER, required=False)
@click.option("--baseline", required=True, help="A run folder, or a blessed baseline's name.")
@click.option("--gate", "gate_file", type=FILE, help="Margins; the baseline's own otherwise.")
@click.option("--out", type=FOLDER, help="The check's run directory; a new one otherwise.")
@click.option(
    "--each", type=FOLDER, help="Check every checkpoint in it that is not in the history."
)
@click.option("--controls", is_flag=True, help="First show that this gate catches known failures.")
@click.option("--arm", help="Which arm of CANDIDATE, if it is a run, else of the baseline's run.")
@click.option("--baseline-arm", help="Which arm of the baseline's run.")
@HISTORY
@AS_JSON
def check(
    candidate: Path | None,
    baseline: str,
    gate_file: Path | None,
    out: Path | None,
    each: Path | None,
    controls: bool,  # noqa: FBT001 - a flag
    arm: str | None,
    baseline_arm: str | None,
    history_file: Path,
    as_json: bool,  # noqa: FBT001 - a flag
) -> None:
    """Hold a checkpoint, an adapter or a finished run against a baseline; exit by the verdict."""
    from audit.commands.terminal import Terminal, say_finding
    from audit.jobs import checking
    from audit.records import worst
    from audit.run.arm import AFTER
    from audit.run.directory import RunDirectory
    from audit.run.history import History
    from audit.run.naming import new_run_folder
    from audit.settings.gate import Gate
    from audit.settings.yaml_file import load_settings

    if not (candidate or each or controls) or (candidate and each) or (each and out):
        fix = "name one CANDIDATE, or --each FOLDER without --out, or --controls"
        raise InputError(Problem("audit check", "what to check is not clear", fix))
    gate = load_settings(gate_file, Gate) if gate_file else None
    history = History(history_file)
    history.baselines()  # a file that cannot be written to later is told of now
    of_candidate = candidate is not None and RunDirectory(candidate).manifest.exists()
    of_baseline = baseline_arm or (None if of_candidate else arm) or AFTER
    against = checking.find_baseline(baseline, of_baseline, history)
    if controls:
        from audit.jobs.controls import run_controls

        with Terminal() as terminal:
            found = run_controls(against, gate, terminal.tell)
        _say_controls(found, as_json=as_json and not (candidate or each))
    paths = checking.candidates_in(each, against, history) if each else []
    paths += [candidate] if candidate else []
    command = shlex.join(["audit", *sys.argv[1:]])
    verdicts = []
    for path in paths:
        subject = checking.find_candidate(path, against, arm or AFTER)
        root = out or new_run_folder(f"check-{path.resolve().name}")
        case = checking.Case(subject, against, gate, root, command)
        with Terminal() as terminal:
            verdicts.append(checking.check(case, history, terminal.tell))
        say_finding(str(path), root, as_json=as_json)
    if each and not paths:
        click.echo(f"{each}: every checkpoint is in the history already", err=True)
    sys.exit(EXIT_OF_VERDICT[worst(verdicts)] if verdicts else Exit.OK)


def _say_controls(findings: dict[str, str], *, as_json: bool) -> None:
    from audit.errors import StageFailed

    for name, finding in findings.items():
        click.echo(f"control {name}: {finding}", err=True)
    if as_json:
        click.echo(json.dumps(findings))
    failed = [name for name, finding in findings.items() if finding.startswith("failed")]
    if failed:
        raise StageFailed(f"controls: {', '.join(failed)}; this gate's verdicts cannot be trusted")


@click.command()
@click.argument("run", type=FOLDER)
@click.option("--name", default="baseline", show_default=True, help="The baseline's name.")
@click.option("--reason", required=True, help="Why this run; it stands in the history.")
@ARM
@HISTORY
@AS_JSON
def bless(
    run: Path,
    name: str,
    reason: str,
    arm: str,
    history_file: Path,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Choose a run's arm as the baseline that candidates are held against."""
    from audit.jobs import checking
    from audit.run.directory import RunDirectory
    from audit.run.history import History

    if not reason.strip():
        raise InputError(Problem("--reason", "is empty", "say why this run is the baseline"))
    blessed = checking.bless(History(history_file), RunDirectory(run), arm, name, reason)
    if as_json:
        click.echo(json.dumps(asdict(blessed)))
    else:
        click.echo(f'{blessed.run} ({blessed.arm}) is the baseline "{blessed.name}" now')


@click.command()
@HISTORY
@click.option(
    "--gate", "gate_file", type=FILE, help="Margins of the trend; the defaults otherwise."
)
@click.option("--baseline", help="Only checks against this blessed baseline.")
@click.option("--html", type=FILE, help="Write the nights as a page.")
@AS_JSON
def history(
    history_file: Path,
    gate_file: Path | None,
    baseline: str | None,
    html: Path | None,
    as_json: bool,  # noqa: FBT001 - a flag
) -> None:
    """Show every check and whether the nights together show a worsening."""
    from audit.files.lines import visible, write_atomically
    from audit.run.history import History
    from audit.settings.gate import Gate
    from audit.settings.yaml_file import load_settings
    from reports.page.nights import nights_page, read_nights

    opened = History(history_file)
    if not history_file.exists():
        fix = "`audit check` writes it; name another with --history"
        raise InputError(Problem(str(history_file), "there is no such history", fix))
    gate = load_settings(gate_file, Gate) if gate_file else Gate()
    nights = read_nights(opened, gate, baseline)
    if html:
        write_atomically(html, nights_page(nights, gate))
    if as_json:
        click.echo(json.dumps([asdict(found) for found in nights]))
        return
    for found in nights:
        click.echo(f"against {visible(found.baseline)}:")
        for row in found.checks:
            click.echo(f"  {row.checked_at}  {row.verdict:<12}  {visible(row.candidate, 200)}")
        for axis, trend in found.trends.items():
            state = "ALARM: worse than the margin" if trend.alarm else "no alarm"
            click.echo(
                f"  trend of {axis} over {trend.nights} nights: {state} "
                f"(evidence {trend.evidence:.3g}, alarm at {trend.threshold:.3g})"
            )
    if html:
        click.echo(str(html))


@click.command()
@click.option(
    "--margin",
    type=click.FloatRange(0, 1, min_open=True),
    required=True,
    help="The largest worsening that the gate allows, as a fraction.",
)
@click.option("--flip-rate", type=click.FloatRange(0, 1), help="Share of probes that change sides.")
@click.option(
    "--confidence",
    type=click.FloatRange(0.5, 1, max_open=True),
    default=0.95,
    show_default=True,
    help="How sure the gate must be.",
)
@AS_JSON
def plan(margin: float, flip_rate: float | None, confidence: float, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Say how many probes a gate with this margin needs."""
    from reports.numbers.resolution import ASSUMED_FLIP_RATE, needs

    rate = ASSUMED_FLIP_RATE if flip_rate is None else flip_rate
    found = needs(margin, rate, confidence)
    if as_json:
        click.echo(json.dumps(found))
        return
    click.echo(
        f"{found['probes_if_nothing_flips']} probes, if nothing flips at all: fewer cannot pass a "
        f"margin of {margin:.1%} at {confidence:.0%} confidence"
    )
    click.echo(
        f"{found['probes_needed']} probes, so that an unchanged model passes in "
        f"{found['power']:.0%} of runs, assuming that {rate:.0%} of probes change sides by chance, "
        "as often one way as the other"
    )


GATE_COMMANDS: tuple[click.Command, ...] = (check, bless, history, plan)
