"""How does the command say something? One line at a time, harmless to terminals and to CI servers.

What is printed as JSON is made of ASCII, and needs no more.
"""

import click


def say(text: str = "", *, err: bool = False) -> None:
    """Print one line. Names and answers in it may be anybody's."""
    from audit.files.borders import terminal_line

    click.echo(terminal_line(text), err=err)


def say_to_err(text: str) -> None:
    """Print one line where progress and complaints go."""
    say(text, err=True)


def complain(text: str) -> None:
    """Print what is wrong."""
    say_to_err(f"error: {text}")
