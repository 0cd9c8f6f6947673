"""Are the command line and the configuration what was reviewed, and is every part explained?"""

import click
import pytest
from frozen import assert_frozen
from made_documents import DOCS, load_generate

from audit.settings.reference import FILES, keys_of

generate = load_generate()


def test_the_command_line_is_the_reviewed_one() -> None:
    """Every command, argument, option, default and help text stands in tests/golden/cli.txt."""
    helps = [command.get_help(context) for command, context in generate.walk_commands()]
    assert_frozen("cli.txt", "\n\n".join(helps) + "\n")


def test_the_configuration_is_the_reviewed_one() -> None:
    """Every key with its type and default stands in tests/golden/configuration.txt."""
    lines = []
    for file, record in FILES.items():
        lines.append(file)
        for key in keys_of(record):
            default = "must be given" if key.default is None else f"default {key.default}"
            lines.append(f"  {key.place}: {key.type}; {default}")
    assert_frozen("configuration.txt", "\n".join(lines) + "\n")


def test_every_key_has_a_word() -> None:
    """No key of a configuration, a gate or a judges' file is left without its meaning."""
    keys = [key for record in FILES.values() for key in keys_of(record)]
    assert [key.place for key in keys if not key.meaning] == []
    assert len(keys) > 100


def test_every_command_and_option_has_a_word() -> None:
    """No command and no option is left without its help."""
    silent = []
    for command, context in generate.walk_commands():
        silent += [] if command.help else [context.command_path]
        options = [option for option in command.params if isinstance(option, click.Option)]
        silent += [f"{context.command_path} {o.opts[0]}" for o in options if not o.help]
    assert silent == []


@pytest.mark.parametrize("name", generate.DOCUMENTS)
def test_made_documents_are_current(name: str) -> None:
    """A document that is made from the code is what `make docs` writes now."""
    assert (DOCS / name).read_text(encoding="utf-8") == generate.DOCUMENTS[name]()
