"""Which commands decide about checkpoints: check and bless?"""

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from audit.commands.controls import run_controls
from audit.commands.endings import goes_on_with, own_words, this_command
from audit.commands.nights import HISTORY, trend_lines
from audit.commands.options import AS_JSON, FILE, FOLDER, TRUST
from audit.commands.saying import say, say_to_err
from audit.commands.telling import NOTIFY, NOTIFY_OPTION, SUMMARY, Listeners
from audit.errors import EXIT_OF_VERDICT, Exit, InputError, Problem, StageFailed

if TYPE_CHECKING:
    from audit.errors import AuditError
    from audit.jobs.candidate import Subject
    from audit.records import Status
    from audit.run.history import Baseline, Check, History
    from audit.settings.gate import Gate

RESUME = "--resume"
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
        checks, failed = _check_each(each, standard, as_json=as_json)
    else:
        subject = checking.find_candidate(_given(candidate), against, arm or AFTER)
        checks, failed = [_check_one(_given(candidate), subject, standard, out, as_json)], []
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


@dataclass(frozen=True)
class Standard:
    """What candidates are held against, by which gate, and where it is written down."""

    baseline: "Subject"
    blessed: "Baseline | None"
    gate: "Gate"
    history: "History"
    trust_endpoints: bool
    """Whether servers that the baseline's own configuration names may be asked."""
    resume: bool
    """Whether a check that was stopped must be there."""


def _check_each(
    folder: Path, standard: Standard, *, as_json: bool
) -> tuple[list["Check"], list[str]]:
    """Check what is new in a folder; return all that is known of it, and what is broken."""
    from audit.errors import AuditError
    from audit.jobs.checkpoints import checkpoints_in

    looked_at = checkpoints_in(
        folder, standard.baseline, standard.blessed, standard.gate, standard.history
    )
    checks, failed = list(looked_at.checked), [str(path) for path, _ in looked_at.broken]
    for path, error in looked_at.broken:
        _say_why(path, error)
    for path, subject in looked_at.new:
        try:
            checks.append(_check_one(str(path), subject, standard, None, as_json))
        except AuditError as failure:
            _say_why(path, failure)
            failed.append(str(path))
    if not looked_at.new and checks:
        what = "every checkpoint is in the history already"
        say_to_err(f"{folder}: {what}; the worst was {_worst(checks)}")
    return checks, failed


def _say_why(path: Path, error: "AuditError") -> None:
    """Say why a checkpoint could not be checked, while the others are."""
    for line in error.lines():
        say_to_err(f"{path}: {line}")


def _check_one(
    named: str,
    subject: "Subject",
    standard: Standard,
    out: Path | None,
    as_json: bool,  # noqa: FBT001 - a flag
) -> "Check":
    from audit.commands.outcome import say_finding
    from audit.commands.terminal import Terminal
    from audit.jobs.checking import Case, stopped_check
    from audit.jobs.checking import check as run_check
    from audit.run.naming import file_name, run_folder

    command = this_command(RESUME, with_value=(NOTIFY_OPTION,))
    goes_on_with(*own_words((NOTIFY_OPTION,)))
    case = Case(
        subject,
        standard.baseline,
        standard.gate,
        command,
        standard.blessed,
        standard.trust_endpoints,
    )
    name = f"check-{file_name(named)}"
    stopped = None if out else stopped_check(name, case, standard.history)
    if standard.resume and not (out or stopped):
        fix = "leave --resume out, or name its folder with --out"
        raise InputError(Problem(RESUME, f"no stopped check of {named} is in runs/", fix))
    with Terminal() as terminal, run_folder(out or stopped, name) as root:
        terminal.tell(f"run folder: {root}")
        if stopped:
            terminal.tell(f"going on with the check in {stopped}")
        checked = run_check(case, root, standard.history, terminal.tell)
    say_finding(named, root, as_json=as_json)
    return checked


def _exit_by_night(checks: list["Check"]) -> Exit:
    return EXIT_OF_VERDICT[_worst(checks)]


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


def _worst(checks: list["Check"]) -> "Status":
    from audit.records import worst

    return worst([check.verdict for check in checks])


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
