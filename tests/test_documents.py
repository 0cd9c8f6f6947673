"""Does everything that the documents show work: commands, configurations, paths, links?"""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
import pytest
from conftest import PROJECT, Audit
from made_documents import FENCE, written_documents
from ruamel.yaml import YAML

from audit.commands.main import main
from audit.settings.gate import Gate
from audit.settings.judges import JudgesFile
from audit.settings.run_config import RunConfig
from audit.settings.served import ServedConfig

CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#:]+?)(?:#[^)]*)?\)")
ROOMS = ("audit/", "train/", "probes/", "reports/", "tests/", "benchmarks/", "examples/", "docs/")
PROGRAMS = ("audit ", "make ")
NEEDED = {"model": {"path": "m"}, "preferences": {"path": "demo"}}
JUDGES = PROJECT / "examples" / "judges" / "judges.yaml"


class Shown(NamedTuple):
    """A part of a document."""

    document: str
    text: str


def _blocks(language: str) -> Iterator[Shown]:
    for document in written_documents():
        for named, text in FENCE.findall(document.read_text(encoding="utf-8")):
            if named == language:
                yield Shown(str(document.relative_to(PROJECT)), text)


def _command_lines() -> Iterator[Shown]:
    """Yield the lines of all blocks that run something; `a && b` is two."""
    for block in _blocks(""):
        for line in block.text.splitlines():
            for command in line.partition(" #")[0].split("&&"):
                if command.strip().startswith(PROGRAMS):
                    yield Shown(block.document, command.strip())


def _inline() -> Iterator[Shown]:
    for document in written_documents():
        text = FENCE.sub("", document.read_text(encoding="utf-8"))
        for code in CODE.findall(text):
            yield Shown(str(document.relative_to(PROJECT)), code)


def _parse(words: list[str]) -> None:
    """Let click parse a command with all its values, without running it."""
    name, command = "audit", main
    while isinstance(command, click.Group):
        name, *words = words
        if name not in command.commands:
            raise click.UsageError(f"no command {name}")
        command = command.commands[name]
    command.make_context(name, words, parent=click.Context(main, **main.context_settings))


def test_every_command_line_parses() -> None:
    """Each `audit ...` line of a block is taken by click; make's and python's targets exist."""
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    seen = 0
    for shown in _command_lines():
        words = shlex.split(shown.text)
        if words[0] == "audit":
            _parse(words[1:])
            seen += 1
        else:
            assert re.search(rf"^{words[1]}:", makefile, re.MULTILINE), shown
    assert seen >= 30


@pytest.mark.parametrize(
    "line", ["train-and-compare my.yaml --dry-rum", "plam --margin 0.02", "plan --margin high"]
)
def test_a_wrong_command_line_would_be_found(line: str) -> None:
    """A misspelt option or command and a wrong value are refused by the same parsing."""
    with pytest.raises(click.UsageError):
        _parse(shlex.split(line))


def test_commands_in_the_text_exist() -> None:
    """A command that a sentence names is there, with the options that it is named with."""
    seen = 0
    for shown in _inline():
        if not shown.text.startswith("audit ") or "|" in shown.text:
            continue
        words = shown.text.split()[1:]
        command: click.Command = main
        for word in words:
            if isinstance(command, click.Group) and word in command.commands:
                command = command.commands[word]
        assert command is not main or words[0].isupper() or words[0].startswith("-"), shown
        known = {name for each in command.params for name in each.opts} | {"--help", "--version"}
        assert [w for w in words if w.startswith("--") and w.partition("=")[0] not in known] == []
        seen += 1
    assert seen >= 20


def test_every_configuration_is_valid() -> None:
    """Each YAML block is a configuration, a part of one, a gate, judges, or a served model."""
    seen = 0
    for shown in _blocks("yaml"):
        values = YAML(typ="safe", pure=True).load(shown.text)
        if set(values) == {"judges"}:
            JudgesFile.model_validate(values)
        elif "url" in values:
            ServedConfig.model_validate(values)
        elif set(values) <= set(Gate.model_fields):
            Gate.model_validate(values)
        else:
            RunConfig.model_validate({**NEEDED, **values})
        seen += 1
    assert seen >= 2


def test_every_json_block_is_json() -> None:
    """A block of JSON can be read, a line at a time where it is JSONL."""
    for shown in _blocks("json"):
        json.loads(shown.text)
    for shown in _blocks("jsonl"):
        assert [json.loads(line) for line in shown.text.splitlines()]


def test_judges_of_the_examples_are_the_shipped_files() -> None:
    """A command with `--judges judges.yaml` names a judge of examples/judges/judges.yaml."""
    held = YAML(typ="safe", pure=True).load(JUDGES.read_text(encoding="utf-8"))["judges"]
    words = [shlex.split(shown.text) for shown in _command_lines()]
    named = {line[line.index("--judge") + 1] for line in words if "judges.yaml" in line}
    assert named
    assert named <= set(held)


def test_every_path_in_the_text_exists() -> None:
    """A file or folder of the tree that a document names is there; so is each linked file."""
    missing = []
    for shown in _inline():
        if shown.document == "docs/run-directory.md":  # names the files of a run
            continue
        path = shown.text.split()[-1] if shown.text.startswith("python") else shown.text
        is_path = path.startswith(ROOMS) and not re.search(r"[<>*{}A-Z ]", path)
        if is_path and not (PROJECT / path).exists():
            missing.append(shown)
    for document in written_documents():
        linked = LINK.findall(document.read_text(encoding="utf-8"))
        absent = [target for target in linked if not (document.parent / target).exists()]
        missing += [Shown(document.name, target) for target in absent]
    assert missing == []


RECIPES = (
    "A probe set",
    "A judge",
    "An engine",
    "An axis",
    "A training method",
    "A language",
    "A section of the page",
)


def test_every_recipe_names_files_that_exist() -> None:
    """CONTRIBUTING's seven recipes name their files; a new one's folder is there."""
    text = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for recipe in RECIPES:
        (steps,) = re.findall(rf"^### {recipe}\n(.*?)(?=^### |\Z)", text, re.DOTALL | re.MULTILINE)
        files = [code for code in CODE.findall(steps) if code.startswith(ROOMS)]
        assert len(files) >= 3, recipe
        wanted = [PROJECT / file for file in files]
        there = [path.parent if "NAME" in path.name else path for path in wanted]
        assert [path for path in there if not path.exists()] == []


def test_the_readmes_configuration_works_as_written(
    audit: Audit, tiny_model: Path, tmp_path: Path
) -> None:
    """README's my.yaml passes its own --dry-run where the files that it names are."""
    (block,) = [shown for shown in _blocks("yaml") if shown.document == "README.md"]
    (tmp_path / "my.yaml").write_text(block.text, encoding="utf-8")
    (tmp_path / "my-chat-model").symlink_to(tiny_model)
    pairs = (PROJECT / "train" / "data" / "demo_pairs.jsonl").read_text(encoding="utf-8")
    (tmp_path / "my-pairs.jsonl").write_text(pairs, encoding="utf-8")
    probe = {"id": "m-1", "set": "mine", "kind": "helpful", "category": "c", "prompt": "Why?"}
    (tmp_path / "mine.jsonl").write_text(json.dumps(probe) + "\n", encoding="utf-8")
    found = audit("train-and-compare", "my.yaml", "--dry-run", cwd=tmp_path)
    assert (found.returncode, found.stderr) == (0, "")
    assert "311 harmful" in found.stdout
