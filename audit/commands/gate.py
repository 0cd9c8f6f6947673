"""Which commands decide about checkpoints: check and bless?"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from audit.commands.candidates import RESUME, Standard, check_each, check_one, worst_of
from audit.commands.controls import run_controls
from audit.commands.nights import HISTORY, trend_lines
from audit.commands.options import AS_JSON, FILE, FOLDER, TRUST
from audit.commands.saying import say, say_to_err
from audit.commands.telling import NOTIFY, SUMMARY, Listeners
from audit.errors import EXIT_OF_VERDICT, Exit, InputError, Problem, StageFailed

if TYPE_CHECKING:
    from audit.run.history import Check, History

ARM = click.option("--arm", default="after", show_default=True, help="Which arm of the run.")


@click.command()
@click.argument("candidate", required=False)
@click.option("--baseline", required=True, help="A run folder, or a blessed baseline's name.")
@click.option("--gate", "gate_file", type=FILE, help="Margins; the baseline's own otherwise.")
@click.option("--out", type=FOLDER, help="The check's run directory; a new one otherwise.")
@click.option(
    "--each", type=FOLDER, help="Check every checkpoint in it that is not in the history."
)
@click.option(
    "--by",
    type=click.Choice(["night", "trend"]),
    default="night",
    show_default=True,
    help="What the exit code says: the verdict of this check, or whether all nights show a trend.",
)
@click.option(
    RESUME,
    is_flag=True,
    help="Continue the same check where it stopped; the same command does so too.",
)
@click.option("--controls", is_flag=True, help="First show that this gate catches known failures.")
@TRUST
@click.option("--arm", help="Which arm of CANDIDATE, if it is a run, else of the baseline's run.")
@click.option("--baseline-arm", help="Which arm of the baseline's run.")
@NOTIFY
@SUMMARY
@HISTORY
@AS_JSON
def check(
    candidate: str | None,
    baseline: str,
    gate_file: Path | None,
    out: Path | None,
    each: Path | None,
    by: str,
    resume: bool,  # noqa: FBT001 - a flag
    controls: bool,  # noqa: FBT001 - a flag
    trust_endpoints: bool,  # noqa: FBT001 - a flag
    arm: str | None,
    baseline_arm: str | None,
    notify: str | None,
    summary_file: Path | None,
    history_file: Path,
    as_json: bool,  # noqa: FBT001 - a flag
) -> None:
    """Hold a model, an adapter or a finished run against a baseline; exit by the verdict.

    CANDIDATE is a folder, a hub id, `served:MODEL@URL` or the YAML file of a served model.

    By night, an unchanged model with some unsteady answers is red on a night now and then. By trend
    the exit code is 3 only where the nights together show a worsening, falsely in at most one year
    of twenty; 0 then says that none is shown, and not that this night passed.
    """
    from audit.jobs import checking
    from audit.run.arm import AFTER
    from audit.run.directory import RunDirectory
    from audit.run.history import History
    from audit.settings.gate import Gate
    from audit.settings.yaml_file import load_settings

    _refuse_unclear(candidate, each, out, controls=controls)
    listeners = Listeners(notify, summary_file)
    listeners.refuse_impossible()
    gate = load_settings(gate_file, Gate) if gate_file else None
    history = History(history_file)
    history.baselines()  # a file that cannot be written to later is told of now
    of_candidate = candidate is not None and RunDirectory(Path(candidate)).manifest.exists()
    of_baseline = baseline_arm or (None if of_candidate else arm) or AFTER
    against = checking.find_baseline(baseline, of_baseline, history)
    if controls:
        run_controls(against, gate, trust_endpoints, as_json=as_json and not (candidate or each))
    if not (candidate or each):
        return
    deciding = checking.gate_in_force(gate, against)
    blessed = checking.blessing(baseline, history)
    stopped = resume and not each
    standard = Standard(against, blessed, deciding, history, trust_endpoints, stopped)
    if each:
        checks, failed = check_each(each, standard, as_json=as_json)
    else:
        subject = checking.find_candidate(_given(candidate), against, arm or AFTER)
        checks, failed = [check_one(_given(candidate), subject, standard, out, as_json=as_json)], []
    listeners.tell(checks, failed, history)
    if failed:
        raise StageFailed(f"--each {each}: {len(failed)} could not be checked: {', '.join(failed)}")
    sys.exit(_exit_by_trend(history, checks) if by == "trend" else _exit_by_night(checks))


def _refuse_unclear(
    candidate: str | None, each: Path | None, out: Path | None, *, controls: bool
) -> None:
    if not (candidate or each or controls) or (candidate and each) or (each and out):
        fix = "name one CANDIDATE, or --each FOLDER without --out, or --controls"
        raise InputError(Problem("audit check", "what to check is not clear", fix))


def _exit_by_night(checks: list["Check"]) -> Exit:
    return EXIT_OF_VERDICT[worst_of(checks)]


def _exit_by_trend(history: "History", checks: list["Check"]) -> Exit:
    """Return 3 on an alarm, 4 where an axis of these checks was not measured, 0 otherwise."""
    from reports.comparison.nights import nights_of

    nights = nights_of(history, checks[-1])
    unmeasured = sorted(
        {axis for check in checks for axis in check.axes if not check.changes.get(axis)}
    )
    for line in trend_lines(nights):
        say_to_err(line)
    if nights.alarms:
        return Exit.REGRESSED
    if unmeasured:
        say_to_err(f"not measured: {', '.join(unmeasured)}")
        return Exit.INCONCLUSIVE
    return Exit.OK


def _given(candidate: str | None) -> str:
    if candidate is None:
        raise ValueError(candidate)
    return candidate


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
    history = History(history_file)
    former = history.baseline(name)
    blessed = checking.bless(history, RunDirectory(run), arm, name, reason)
    if former:
        say_to_err(
            f"it takes the place of {former.run} ({former.arm}), which was blessed on "
            f"{former.blessed_at} because: {former.reason}"
        )
    if as_json:
        click.echo(json.dumps(asdict(blessed)))
    else:
        say(f'{blessed.run} ({blessed.arm}) is the baseline "{blessed.name}" now')


GATE_COMMANDS: tuple[click.Command, ...] = (check, bless)
