"""Could reading this YAML take the machine's memory or time? Told before anything is built of it.

Aliases make a short text into a huge tree ("billion laughs"), and deep nesting exhausts the stack.
Both show in the events of the parser, which are read one by one and never expanded.
"""

from ruamel.yaml import YAML
from ruamel.yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from audit.errors import InputError, Problem

MOST_CHARACTERS = 1_000_000
MOST_DEPTH = 30
MOST_VALUES = 50_000
"""A configuration has under a hundred values and five levels; these leave ample room."""


def refuse_expanding(text: str, where: str) -> None:
    """Refuse a YAML text that is too long, too deep, or too large once its aliases are followed.

    Raises:
        InputError: with the line where the limit is passed.
        ruamel.yaml.error.YAMLError: the text is not YAML.
    """
    if len(text) > MOST_CHARACTERS:
        what = f"has {len(text)} characters, and at most {MOST_CHARACTERS} are read"
        raise InputError(Problem(where, what, "name a configuration, not data"))
    sizes: dict[str, int] = {}
    opened: list[tuple[str | None, int]] = []
    total = 0
    for event in YAML(typ="rt").parse(text):
        line = f"{where}:{event.start_mark.line + 1}"
        if isinstance(event, MappingStartEvent | SequenceStartEvent):
            opened.append((event.anchor, total))
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            anchor, before = opened.pop()
            if anchor:
                sizes[anchor] = total - before + 1
        if isinstance(event, AliasEvent):
            total += _size(event.anchor, sizes, line)
        elif isinstance(event, ScalarEvent | MappingStartEvent | SequenceStartEvent):
            total += 1
        if isinstance(event, ScalarEvent) and event.anchor:
            sizes[event.anchor] = 1
        _refuse_beyond(len(opened), total, line)


def _size(anchor: str, sizes: dict[str, int], line: str) -> int:
    """Return how many values an alias stands for; one that holds itself has no end."""
    if anchor not in sizes:
        what = f'the alias "*{anchor}" stands inside what it names, or names nothing'
        raise InputError(Problem(line, what, "write the values out"))
    return sizes[anchor]


def _refuse_beyond(depth: int, total: int, line: str) -> None:
    if depth > MOST_DEPTH:
        fix = f"nest at most {MOST_DEPTH} levels"
        raise InputError(Problem(line, "nests too deep for a configuration", fix))
    if total > MOST_VALUES:
        fix = "write fewer values, or values in place of aliases"
        what = f"holds more than {MOST_VALUES} values once its aliases are followed"
        raise InputError(Problem(line, what, fix))
