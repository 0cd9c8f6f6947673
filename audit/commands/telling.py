"""Who else is told how checks ended: a program, a server, a CI server's summary?"""

import json
import shlex
import subprocess
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audit.commands.options import FILE
from audit.commands.saying import say_to_err
from audit.errors import InputError, Problem

if TYPE_CHECKING:
    from audit.run.history import Check, History

NOTIFY_OPTION = "--notify"
SECONDS = 30.0
NOTIFY = click.option(
    NOTIFY_OPTION,
    metavar="COMMAND|URL",
    envvar="AUDIT_NOTIFY",
    help="Run this with the findings as JSON on its input, or post them to this URL; an address "
    "that is secret belongs into the variable AUDIT_NOTIFY.",
)
SUMMARY = click.option(
    "--summary",
    "summary_file",
    type=FILE,
    help="Append the findings as Markdown, for a CI server's summary or a comment.",
)


@dataclass(frozen=True)
class Listeners:
    """Where findings go beside the terminal; null is nowhere."""

    notify: str | None
    summary: Path | None

    def refuse_impossible(self) -> None:
        """Refuse what could not be told to, before hours are spent on what would be told.

        Raises:
            InputError: the command is empty, cannot be read, or is not here.
        """
        if self.notify is None or _is_address(self.notify):
            return
        fix = "give a program with its arguments, or an address that begins with https://"
        try:
            words = shlex.split(self.notify)
        except ValueError as error:
            raise InputError(Problem(NOTIFY_OPTION, f"cannot be read ({error})", fix)) from error
        if not words:
            raise InputError(Problem(NOTIFY_OPTION, "is empty", fix))

    def tell(self, checks: Sequence["Check"], failed: Sequence[str], history: "History") -> None:
        """Tell how all checks of a night ended.

        Who cannot be told is said and changes no exit code: it says what was found.
        """
        if not checks and not failed:
            return
        if self.summary:
            text = "".join(_markdown(check, history) for check in checks)
            text += "".join(f"# {Path(named).name}: could not be checked\n\n" for named in failed)
            with self.summary.open("a", encoding="utf-8") as file:
                file.write(text)
        if self.notify:
            problem = _notify(self.notify, json.dumps(_findings(checks, failed)))
            if problem:
                say_to_err(f"{NOTIFY_OPTION}: nobody was told ({problem})")


def _is_address(notify: str) -> bool:
    return notify.startswith(("https://", "http://"))


def _findings(checks: Sequence["Check"], failed: Sequence[str]) -> dict[str, Any]:
    """Return what is told: the worst verdict, a text for people, and each check."""
    from audit.records import worst
    from audit.run.directory import RunDirectory
    from reports.results.comparison import read_comparison

    rows = []
    for check in checks:
        run = RunDirectory(Path(check.run))
        headline = read_comparison(run).headline if run.comparison.exists() else ""
        found = {"candidate": check.candidate, "verdict": check.verdict, "headline": headline}
        rows.append({**found, "run": check.run, "report": str(run.page)})
    verdict = worst([check.verdict for check in checks]) if checks else None
    lines = [f"{row['candidate']}: {row['verdict'].upper()}. {row['headline']}" for row in rows]
    lines += [f"{named}: could not be checked" for named in failed]
    return {"verdict": verdict, "text": "\n".join(lines), "checks": rows, "failed": list(failed)}


def _notify(notify: str, payload: str) -> str | None:
    """Hand the findings over; return why that was not possible, without the address."""
    try:
        if _is_address(notify):
            headers = {"Content-Type": "application/json"}
            request = urllib.request.Request(notify, payload.encode(), headers)  # noqa: S310 - http
            with urllib.request.urlopen(request, timeout=SECONDS):  # noqa: S310 - http or https
                return None
        ended = subprocess.run(  # noqa: S603 - the user's own program
            shlex.split(notify),
            input=payload,
            text=True,
            check=False,
            timeout=SECONDS,
            stdout=subprocess.DEVNULL,
        )
    except urllib.error.HTTPError as error:
        return f"the server answered {error.code}"
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        return type(error).__name__
    return f"the command ended with {ended.returncode}" if ended.returncode else None


def _markdown(check: "Check", history: "History") -> str:
    """Return a check for a CI server: the candidate, the numbers, what to do next, the trend.

    Others will read it, so that no path of this machine is in it.
    """
    from audit.commands.nights import trend_lines
    from audit.files.borders import markdown
    from audit.run.directory import RunDirectory
    from reports.comparison.nights import nights_of
    from reports.page.standing import read_standing
    from reports.results.comparison import read_comparison
    from reports.words.next_steps import next_steps
    from reports.words.summaries import summary

    run = RunDirectory(Path(check.run))
    if not run.comparison.exists():
        return f"# {markdown(Path(check.candidate).name)}: {check.verdict}\n\n"
    steps = next_steps(read_standing(run, f"runs/{run.root.name}"))
    told = [
        f"# {markdown(Path(check.candidate).name)}",
        "",
        summary(read_comparison(run)),
        "### Next",
        "",
        *(f"- {markdown(f'{step.text} {step.command}'.strip())}" for step in steps),
        "",
        "### Trend",
        "",
        *(f"- {markdown(line)}" for line in trend_lines(nights_of(history, check))),
        "",
    ]
    return "\n".join(told) + "\n"
