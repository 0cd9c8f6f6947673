"""Write the documents that are made from the code: `make docs`.

Each stands under docs/, and a test fails where one is not what this script writes.
"""

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import probe_checks
import run_files

from audit.commands.help import EXAMPLES
from audit.commands.main import main as audit
from audit.settings.reference import FILES, Key, keys_of
from audit.settings.run_config import RunConfig

DOCS = Path(__file__).parent
MADE = "<!-- Made by docs/generate.py from the code. Change the code, then `make docs`. -->"
ABOUT_CONFIGURATIONS = """\
A configuration is YAML. A key that is not here is an error that names the nearest one. Relative
paths start from the configuration's folder, and `--set train.beta=0.3` sets one key from the
command line. TRL's, PEFT's and vLLM's names mean here what they mean there. `[]` stands for each
entry of a list, `NAME` for a name that you choose."""
ABOUT_COMMANDS = """\
`audit COMMAND --help` says the same. Exit codes: 0 ok or pass, 1 a bug, 2 your input, 3 regressed,
4 inconclusive, 5 a stage failed."""


def configuration() -> str:
    """Return docs/configuration.md: every key of the files that a user writes."""
    keys = keys_of(RunConfig)
    lines = [
        "# Every key of a configuration",
        MADE,
        ABOUT_CONFIGURATIONS,
    ]
    sections = dict.fromkeys((_parent(key), key.section) for key in keys)
    for section in sections:
        held = [key for key in keys if (_parent(key), key.section) == section]
        lines += [f"## {_title(section[0], held[0])}", _table(_row(key) for key in held)]
    gate, judges, served = ([key.place for key in keys_of(file)] for file in [*FILES.values()][1:])
    lines += [
        "## A gate of its own",
        "`audit check --gate gate.yaml` and `audit history --gate gate.yaml` read a file that "
        "holds the keys of `gate` at its top: " + _named(gate) + ".",
        "## A file of judges",
        "`--judges judges.yaml` reads a file that holds the key "
        + _named(judges)
        + ", with the same keys below it as in a configuration.",
        "## A served model",
        "`audit compare-models` and `audit check` take a YAML file in a model's place that holds "
        "the keys of an entry of `served` at its top: " + _named(served) + ".",
    ]
    return "\n\n".join(lines) + "\n"


def _parent(key: Key) -> str:
    return key.place.rpartition(".")[0]


def _title(parent: str, first: Key) -> str:
    """Return a section's heading; sections that stand at the same place differ in their kind."""
    if first.place.endswith(".NAME.kind"):
        return f"`{parent}`, where `kind` is {first.type}"
    return f"`{parent}`" if parent else "The top of the file"


def _row(key: Key) -> tuple[str, ...]:
    name = key.place.rpartition(".")[2]
    default = "must be given" if key.default is None else key.default
    return f"`{name}`", key.type, default, key.meaning


def _named(places: list[str]) -> str:
    return ", ".join(f"`{place}`" for place in places if "." not in place)


def _table(rows: Iterator[tuple[str, ...]]) -> str:
    head = ["| key | what may stand there | default | meaning |", "|---|---|---|---|"]
    return "\n".join(head + [f"| {' | '.join(row)} |" for row in rows])


def commands() -> str:
    """Return docs/commands.md: every command with its arguments and options."""
    lines = [
        "# Every command",
        MADE,
        ABOUT_COMMANDS,
    ]
    for command, context in walk_commands():
        if isinstance(command, click.Group):
            continue
        pieces = [*command.collect_usage_pieces(context)]
        lines += [f"## `{context.command_path}`", f"`{' '.join([context.command_path, *pieces])}`"]
        lines.append(" ".join(inspect.cleandoc(command.help or "").split("\n")))
        options = [option for option in command.params if isinstance(option, click.Option)]
        rows = [option.get_help_record(context) for option in options]
        lines.append("\n".join(f"- `{name}`: {meaning}" for name, meaning in filter(None, rows)))
        examples = EXAMPLES.get(context.command_path.partition(" ")[2], ())
        lines.append("\n".join(["```", *examples, "```"]) if examples else "")
    return "\n\n".join(line for line in lines if line) + "\n"


def walk_commands(
    command: click.Command = audit, parent: click.Context | None = None
) -> Iterator[tuple[click.Command, click.Context]]:
    """Yield the command and all below it, each in a context of a fixed width."""
    width = {"terminal_width": 100, "max_content_width": 100}
    name = command.name if parent else "audit"
    context = click.Context(command, parent, name, help_option_names=["-h", "--help"], **width)
    yield command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            yield from walk_commands(command.commands[name], context)


def run_directory() -> str:
    """Return docs/run-directory.md: every file of a run, with every field."""
    return f"# Every file of a run\n\n{MADE}\n\n{run_files.document()}"


def checks() -> str:
    """Return docs/probe-checks.md: every check of a helpful probe, with an example."""
    return f"# Checks of a probe\n\n{MADE}\n\n{probe_checks.document()}"


DOCUMENTS: dict[str, Callable[[], str]] = {
    "configuration.md": configuration,
    "commands.md": commands,
    "run-directory.md": run_directory,
    "probe-checks.md": checks,
}
"""Each document that is made, by its name under docs/."""


def main() -> None:
    """Write all documents."""
    for name, written in DOCUMENTS.items():
        (DOCS / name).write_text(written(), encoding="utf-8")


if __name__ == "__main__":
    main()
