"""What does somebody need who mends a bug, with nothing in it that is the reporter's own?"""

import os
import re
import socket
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from audit.errors import AuditError
from audit.files.borders import one_line, without_secrets
from audit.jobs.doctor import examine
from audit.run.directory import RunDirectory

DISTRIBUTION = "alignment-audit"
LAST_LINES = 25
LINE = 300
_PATH = re.compile(
    r"(?<![\w.:/])(?:~|[A-Za-z]:)?[/\\](?:[^\s/\\'\"`:,;()]+[/\\])+([^\s/\\'\"`:,;()]*)"
)
_SECRET_NAME = re.compile(r"(?i)key|token|secret|password")
FEWEST_LETTERS = 4
"""A shorter value is no secret, and would be taken out of common words."""


def bug_report(run: RunDirectory | None) -> str:
    """Return this machine's state, and how far a run came, as Markdown for a bug report.

    Paths are cut to their last part; secrets, this machine's name and its user's are taken out.
    """
    parts = [_section("Machine", [f"{name}: {found}" for name, found in examine().items()])]
    parts.append(_section("Packages", _packages()))
    if run is not None:
        parts.append(_section("Run", _run_lines(run)))
        for log in sorted(run.root.glob("logs/*.log")):
            text = log.read_text(encoding="utf-8", errors="replace")
            parts.append(_section(f"End of {log.name}", text.splitlines()[-LAST_LINES:]))
    return "\n\n".join(parts)


def without_private(text: str) -> str:
    """Return one line of text without secrets, folders, and the names of machine and user."""
    for name, value in os.environ.items():
        if _SECRET_NAME.search(name) and len(value) >= FEWEST_LETTERS:
            text = text.replace(value, "***")
    text = _PATH.sub(r"…/\1", without_secrets(text))
    for own in (socket.gethostname(), Path.home().name):
        if len(own) >= FEWEST_LETTERS:
            text = re.sub(rf"\b{re.escape(own)}\b", "…", text)
    return one_line(text, LINE)


def _section(title: str, lines: list[str]) -> str:
    shown = "\n".join(without_private(line).replace("```", "'''") for line in lines)
    return f"### {title}\n\n```text\n{shown}\n```"


def _packages() -> list[str]:
    """Return the versions of what this program needs, as they are installed."""
    try:
        needed = requires(DISTRIBUTION) or []
    except PackageNotFoundError:
        return [f"{DISTRIBUTION} is not installed as a package"]
    names = {re.split(r"[\s;<>=!~\[]", line)[0] for line in needed if "extra ==" not in line}
    return [f"{name} {_version(name)}" for name in sorted(names)]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _run_lines(run: RunDirectory) -> list[str]:
    try:
        manifest = run.read_manifest()
    except AuditError as error:
        return error.lines()
    done = [stage for stage, is_done in manifest.done.model_dump().items() if is_done]
    arms = [f"{arm.name} ({arm.source.kind}), asked: {arm.asked}" for arm in manifest.arms.values()]
    return [
        f"made by {manifest.origin} with audit {manifest.audit_version}",
        f"stages done: {', '.join(done) or 'none'}",
        f"seconds: {manifest.seconds}",
        *arms,
    ]
