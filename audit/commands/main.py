"""What does the `audit` command offer, and which exit code does each ending have?

Everything heavier than click is imported inside the commands, so that help is instant.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from audit import __version__
from audit.commands.endings import CONTINUE, StoppedError, how_to_go_on, stop_on_signals
from audit.commands.help import COMPLETION, GroupedHelp, add_examples
from audit.commands.saying import complain, say_to_err
from audit.errors import AuditError, Exit, InputError, problem_of_system
from audit.own_packages import refuse_hidden_packages

INTERRUPTED = 130
"""What a shell reports of a program that Ctrl-C ended."""


@contextmanager
def _harmless_usage_errors() -> Iterator[None]:
    """Let click's own complaints repeat a word of the command line as one harmless line."""
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        from audit.files.borders import terminal_line

        raise click.UsageError(terminal_line(error.format_message()), error.ctx) from error


def _can_go_on(error: InputError, context: click.Context) -> bool:
    """Say whether a remedy ends with going on, so that the whole command for it is said."""
    return CONTINUE in context.meta and any("--resume" in problem.fix for problem in error.problems)


class Audit(GroupedHelp):
    """The one place where failures become messages and exit codes."""

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Read the options that stand before the command."""
        with _harmless_usage_errors():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; report every expected failure without a traceback."""
        stop_on_signals()
        try:
            refuse_hidden_packages()
            with _harmless_usage_errors():
                return super().invoke(ctx)
        except AuditError as error:
            for line in error.lines():
                complain(line)
            if not isinstance(error, InputError) or _can_go_on(error, ctx):
                say_to_err(how_to_go_on(ctx))
            ctx.exit(error.exit_code)
        except OSError as error:
            # A closed pipe ends quietly in click; one without a number is a library's own bug.
            if error.errno is None or error.errno == errno.EPIPE:
                raise
            complain(str(problem_of_system(error)))
            ctx.exit(Exit.INPUT)
        except KeyboardInterrupt as error:
            say_to_err(f"stopped; {how_to_go_on(ctx)}")
            ctx.exit(error.exit_code if isinstance(error, StoppedError) else INTERRUPTED)


@click.group(
    cls=Audit,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=COMPLETION,
)
@click.version_option(__version__, prog_name="audit")
def main() -> None:
    """Say with evidence what DPO training did to a chat model's refusals and helpfulness.

    Exit codes: 0 ok or pass, 1 a bug, 2 your input, 3 regressed, 4 inconclusive,
    5 a stage failed (its log is named).
    """


def _add_commands() -> None:
    from audit.commands.beginning import BEGINNING_COMMANDS
    from audit.commands.config import CONFIG_COMMANDS
    from audit.commands.gate import GATE_COMMANDS
    from audit.commands.handing_on import HANDING_ON_COMMANDS
    from audit.commands.judging import JUDGING_COMMANDS
    from audit.commands.models import MODEL_COMMANDS
    from audit.commands.nights import NIGHT_COMMANDS
    from audit.commands.people import PEOPLE_COMMANDS
    from audit.commands.plan import PLAN_COMMANDS
    from audit.commands.reading import READING_COMMANDS
    from audit.commands.run import RUN_COMMANDS
    from audit.commands.sweep import SWEEP_COMMANDS

    of_gates = (*GATE_COMMANDS, *NIGHT_COMMANDS, *PLAN_COMMANDS)
    groups = (
        BEGINNING_COMMANDS,
        RUN_COMMANDS,
        SWEEP_COMMANDS,
        MODEL_COMMANDS,
        of_gates,
        JUDGING_COMMANDS,
        PEOPLE_COMMANDS,
        READING_COMMANDS,
        HANDING_ON_COMMANDS,
        CONFIG_COMMANDS,
    )
    for command in (command for group in groups for command in group):
        main.add_command(command)
    add_examples(main)


_add_commands()
