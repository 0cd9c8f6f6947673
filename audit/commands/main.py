"""What does the `audit` command offer, and which exit code does each ending have?

Everything heavier than click is imported inside the commands, so that help is instant.
"""

import errno
from typing import Any

import click

from audit import __version__
from audit.commands.endings import StoppedError, how_to_go_on, stop_on_signals
from audit.errors import AuditError, Exit, InputError, problem_of_system
from audit.own_packages import refuse_hidden_packages

INTERRUPTED = 130
"""What a shell reports of a program that Ctrl-C ended."""
SHOWN = 4_000
"""A message is cut at so many characters, so that a hostile name cannot flood the terminal."""


class Audit(click.Group):
    """The one place where failures become messages and exit codes."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; report every expected failure without a traceback."""
        stop_on_signals()
        try:
            refuse_hidden_packages()
            return super().invoke(ctx)
        except InputError as error:
            for problem in error.problems:
                _complain(str(problem))
            ctx.exit(error.exit_code)
        except AuditError as error:
            _complain(str(error))
            click.echo(how_to_go_on(ctx), err=True)
            ctx.exit(error.exit_code)
        except OSError as error:
            # A closed pipe ends quietly in click; one without a number is a library's own bug.
            if error.errno is None or error.errno == errno.EPIPE:
                raise
            _complain(str(problem_of_system(error)))
            ctx.exit(Exit.INPUT)
        except KeyboardInterrupt as error:
            click.echo(f"stopped; {how_to_go_on(ctx)}", err=True)
            ctx.exit(error.exit_code if isinstance(error, StoppedError) else INTERRUPTED)


def _complain(text: str) -> None:
    """Print what is wrong; names in it may be hostile to a terminal."""
    from audit.files.lines import visible

    click.echo(f"error: {visible(text, SHOWN)}", err=True)


@click.group(cls=Audit, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="audit")
def main() -> None:
    """Say with evidence what DPO training did to a chat model's refusals and helpfulness.

    Exit codes: 0 ok or pass, 1 a bug, 2 your input, 3 regressed, 4 inconclusive,
    5 a stage failed (its log is named).
    """


def _add_commands() -> None:
    from audit.commands.gate import GATE_COMMANDS
    from audit.commands.judging import JUDGING_COMMANDS
    from audit.commands.nights import NIGHT_COMMANDS
    from audit.commands.people import PEOPLE_COMMANDS
    from audit.commands.plan import PLAN_COMMANDS
    from audit.commands.reading import READING_COMMANDS
    from audit.commands.run import RUN_COMMANDS

    of_gates = (*GATE_COMMANDS, *NIGHT_COMMANDS, *PLAN_COMMANDS)
    groups = (RUN_COMMANDS, of_gates, JUDGING_COMMANDS, PEOPLE_COMMANDS, READING_COMMANDS)
    for command in (command for group in groups for command in group):
        main.add_command(command)


_add_commands()
