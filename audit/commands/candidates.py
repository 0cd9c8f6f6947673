"""How does `audit check` take one candidate, or all that are new in a folder, to their verdicts?"""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from audit.commands.endings import goes_on_with, own_words, this_command
from audit.commands.saying import say_to_err
from audit.commands.telling import NOTIFY_OPTION
from audit.errors import InputError, Problem

if TYPE_CHECKING:
    from audit.errors import AuditError
    from audit.jobs.candidate import Subject
    from audit.jobs.checking import Case
    from audit.records import Status
    from audit.run.history import Baseline, Check, History
    from audit.settings.gate import Gate

RESUME = "--resume"


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

    def case_of(self, candidate: "Subject", command: str) -> "Case":
        """Return what a candidate is held against."""
        from audit.jobs.checking import Case

        trusted = self.trust_endpoints
        return Case(candidate, self.baseline, self.gate, command, self.blessed, trusted)


def check_each(
    folder: Path, standard: Standard, *, as_json: bool
) -> tuple[list["Check"], list[str]]:
    """Check what is new in a folder; return all that is known of it, and what is broken.

    All that is new is asked together, and then checked one by one.
    """
    from audit.errors import AuditError
    from audit.jobs.checkpoints import checkpoints_in

    looked_at = checkpoints_in(
        folder, standard.baseline, standard.blessed, standard.gate, standard.history
    )
    checks, failed = list(looked_at.checked), [str(path) for path, _ in looked_at.broken]
    for path, error in looked_at.broken:
        _say_why(path, error)
    begun = _asked_together(looked_at.new, standard) if len(looked_at.new) > 1 else {}
    for path, subject in looked_at.new:
        try:
            checks.append(check_one(str(path), subject, standard, begun.get(path), as_json=as_json))
        except AuditError as failure:
            _say_why(path, failure)
            failed.append(str(path))
    if not looked_at.new and checks:
        what = "every checkpoint is in the history already"
        say_to_err(f"{folder}: {what}; the worst was {worst_of(checks)}")
    return checks, failed


def worst_of(checks: list["Check"]) -> "Status":
    """Return the worst verdict of several checks."""
    from audit.records import worst

    return worst([check.verdict for check in checks])


def check_one(
    named: str, subject: "Subject", standard: Standard, out: Path | None, *, as_json: bool
) -> "Check":
    """Check one candidate in the folder `out`, in that of its stopped check, or in a new one.

    Raises:
        InputError: a stopped check was to be gone on with, and there is none.
    """
    from audit.commands.outcome import say_finding
    from audit.commands.terminal import Terminal
    from audit.jobs.checking import check
    from audit.run.naming import run_folder

    case = standard.case_of(subject, _command())
    name, stopped = _names(named, case, standard)
    stopped = None if out else stopped
    if standard.resume and not (out or stopped):
        fix = "leave --resume out, or name its folder with --out"
        raise InputError(Problem(RESUME, f"no stopped check of {named} is in runs/", fix))
    with Terminal() as terminal, run_folder(out or stopped, name) as root:
        terminal.tell(f"run folder: {root}")
        if stopped:
            terminal.tell(f"going on with the check in {stopped}")
        checked = check(case, root, standard.history, terminal.tell)
    say_finding(named, root, as_json=as_json)
    return checked


def _asked_together(new: list[tuple[Path, "Subject"]], standard: Standard) -> dict[Path, Path]:
    """Ask candidates with one start of the engine, and return the folders of their checks."""
    from audit.commands.terminal import Terminal
    from audit.jobs.asking_together import ask_together
    from audit.run.naming import run_folder

    command = _command()
    cases = {path: standard.case_of(subject, command) for path, subject in new}
    with Terminal() as terminal, ExitStack() as folders:
        begun = {}
        for path, case in cases.items():
            name, stopped = _names(str(path), case, standard)
            begun[path] = folders.enter_context(run_folder(stopped, name))
            if stopped:
                terminal.tell(f"going on with the check in {stopped}")
        asked = [(case, begun[path]) for path, case in cases.items()]
        ask_together(asked, standard.history, terminal.tell)
    return begun


def _names(named: str, case: "Case", standard: Standard) -> tuple[str, Path | None]:
    """Return what a check's folder is called, and the folder in which it was stopped, if any."""
    from audit.jobs.checking import stopped_check
    from audit.run.naming import file_name

    name = f"check-{file_name(named)}"
    return name, stopped_check(name, case, standard.history)


def _command() -> str:
    """Return this command as it is noted in a check, and remember how it goes on if stopped."""
    goes_on_with(*own_words((NOTIFY_OPTION,)))
    return this_command(RESUME, with_value=(NOTIFY_OPTION,))


def _say_why(path: Path, error: "AuditError") -> None:
    """Say why a checkpoint could not be checked, while the others are."""
    for line in error.lines():
        say_to_err(f"{path}: {line}")
