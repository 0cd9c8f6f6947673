"""How does a command end that is stopped from outside, and with which words does it go on?"""

import shlex
import signal
import sys
from collections.abc import Sequence
from types import FrameType

import click

from audit.files.borders import without_secrets

CONTINUE = "audit.continue"
STOPPING = (signal.SIGTERM, signal.SIGHUP)
OF_A_SIGNAL = 128
"""A shell reports a program that a signal ended as 128 and the signal's number."""


class StoppedError(KeyboardInterrupt):
    """A signal asked the command to stop, as Ctrl-C does."""

    def __init__(self, number: int) -> None:
        self.exit_code = OF_A_SIGNAL + number
        super().__init__(signal.Signals(number).name)


def stop_on_signals() -> None:
    """Let SIGTERM and SIGHUP end the command as Ctrl-C does: files whole, and a word on how on."""

    def stop(number: int, frame: FrameType | None) -> None:
        del frame
        raise StoppedError(number)

    for number in STOPPING:
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup has it ignored
            signal.signal(number, stop)


def this_command(*leave_out: str, with_value: Sequence[str] = ()) -> str:
    """Return the whole command as it is noted in a run's files, without secrets.

    Options `with_value` are left out together with what is said after them.
    """
    words = [word for word in own_words(with_value) if word not in leave_out]
    return without_secrets(shlex.join(["audit", *words]))


def own_words(with_value: Sequence[str]) -> list[str]:
    """Return this command's words without some options and what is said after each."""
    words, left_out = [], False
    for word in sys.argv[1:]:
        if not left_out and not word.startswith(tuple(f"{option}=" for option in with_value)):
            words += [] if word in with_value else [word]
        left_out = not left_out and word in with_value
    return words


def goes_on_with(*words: object) -> None:
    """Remember the arguments with which the command would go on after it was stopped."""
    click.get_current_context().meta[CONTINUE] = shlex.join(["audit", *map(str, words)])


def how_to_go_on(context: click.Context) -> str:
    """Return the whole command that goes on, or a word where nothing was begun."""
    command = context.meta.get(CONTINUE)
    return f"go on with: {command}" if command else "nothing was begun that could be lost"
