"""How is it shown that a gate catches known failures?"""

import json
from typing import TYPE_CHECKING

import click

from audit.commands.saying import say_to_err
from audit.errors import StageFailed

if TYPE_CHECKING:
    from audit.jobs.candidate import Subject
    from audit.settings.gate import Gate


def run_controls(
    against: "Subject",
    gate: "Gate | None",
    trust_endpoints: bool,  # noqa: FBT001 - a flag
    *,
    as_json: bool,
) -> None:
    """Plant failures, say which of them the gate catches, and fail where it misses one."""
    from audit.commands.terminal import Terminal
    from audit.jobs import controls

    with Terminal() as terminal:
        outcomes = controls.run_controls(
            against, gate, terminal.tell, trust_endpoints=trust_endpoints
        )
    _say_controls(outcomes, as_json=as_json)


def _say_controls(findings: dict[str, str], *, as_json: bool) -> None:
    for name, finding in findings.items():
        say_to_err(f"control {name}: {finding}")
    if as_json:
        click.echo(json.dumps(findings))
    failed = [name for name, finding in findings.items() if finding.startswith("failed")]
    if failed:
        raise StageFailed(f"controls: {', '.join(failed)}; this gate's verdicts cannot be trusted")
