"""Has a model a chat template, and is it one? Told without running it."""

from pathlib import Path

from jinja2 import TemplateSyntaxError, nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from audit.errors import InputError, Problem
from audit.files.borders import one_line
from audit.files.lines import read_json_object

FIX = "save the tokenizer again with save_pretrained(), or put its template in chat_template.jinja"


class Generation(Extension):
    """The tag with which templates mark what the assistant says; transformers reads it."""

    tags = {"generation"}  # noqa: RUF012 - as its base class has it

    def parse(self, parser: Parser) -> list[nodes.Node]:
        """Return what stands between the tag and its end."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def has_chat_template(folder: Path) -> bool:
    """Say whether a tokenizer has a chat template.

    Raises:
        InputError: it has one that is no template.
    """
    own = folder / "chat_template.jinja"
    if own.is_file():
        _refuse_no_template(own, _read(own))
        return True
    for name in ("chat_template.json", "tokenizer_config.json"):
        file = folder / name
        stated = read_json_object(file, FIX).get("chat_template") if file.is_file() else None
        if stated:
            for template in _templates(file, stated):
                _refuse_no_template(file, template)
            return True
    return False


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(Problem(str(file), "is not UTF-8 text", FIX)) from error


def _templates(file: Path, stated: object) -> list[str]:
    """Return the templates of a tokenizer: one text, or a list of them with their names."""
    named = stated if isinstance(stated, list) else [{"template": stated}]
    texts = [row.get("template") if isinstance(row, dict) else None for row in named]
    if not all(isinstance(text, str) for text in texts):
        what = f"chat_template is {one_line(repr(stated))}, which is no template"
        raise InputError(Problem(str(file), what, FIX))
    return [str(text) for text in texts]


def _refuse_no_template(file: Path, text: str) -> None:
    environment = ImmutableSandboxedEnvironment(extensions=[loopcontrols, Generation])
    try:
        environment.parse(text)
    except (TemplateSyntaxError, RecursionError) as error:
        what = f"the chat template cannot be read ({one_line(str(error), 200)})"
        raise InputError(Problem(str(file), what, FIX)) from error
