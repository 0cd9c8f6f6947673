"""Which keys may stand in a configuration, a gate and a judges' file, and what is each for?

Type, default and meaning of every key are read from the settings records themselves.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from audit.settings.gate import Gate
from audit.settings.judges import JudgesFile
from audit.settings.run_config import RunConfig
from audit.settings.section import Section
from audit.settings.served import ServedConfig

Schema = dict[str, Any]

FILES: dict[str, type[Section]] = {
    "A run's configuration": RunConfig,
    "A gate": Gate,
    "A file of judges": JudgesFile,
    "A served model": ServedConfig,
}
"""The files that a user writes, by what docs/configuration.md calls them."""


@dataclass(frozen=True)
class Key:
    """One key: its whole place in the file, as train.beta, and what may be written there.

    `default` is None where the key must be given. `section` is the record that holds it.
    """

    place: str
    section: str
    type: str
    default: str | None
    meaning: str


def keys_of(file: type[Section]) -> list[Key]:
    """Return every key of a file; `[]` stands for the entries of a list, `NAME` for any name."""
    schema = file.model_json_schema()
    return list(_keys(schema, schema.get("$defs", {}), ""))


def _keys(record: Schema, records: Schema, place: str) -> Iterator[Key]:
    required = record.get("required", [])
    for name, value in record.get("properties", {}).items():
        inside = f"{place}{name}"
        default = None if name in required else _default_words(value, records)
        meaning = " ".join(value.get("description", "").split())
        yield Key(inside, record["title"], type_words(value), default, meaning)
        for ending, held in _records_in(value, records):
            yield from _keys(held, records, f"{inside}{ending}.")


def _records_in(value: Schema, records: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield the records that a key may hold, each with what stands between key and record."""
    if "$ref" in value:
        yield "", records[_name_of(value)]
    for choice in (*value.get("anyOf", ()), *value.get("oneOf", ())):
        yield from _records_in(choice, records)
    for ending, held in (("[]", value.get("items")), (".NAME", _named(value))):
        if held:
            inner = _records_in(held, records)
            yield from ((ending + further, record) for further, record in inner)


def _name_of(reference: Schema) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


def _named(value: Schema) -> Schema | None:
    """Return what a mapping with free names holds."""
    patterns = value.get("patternProperties", {})
    named = next(iter(patterns.values()), value.get("additionalProperties"))
    return named if isinstance(named, dict) else None


def type_words(value: Schema, *, named: bool = False) -> str:
    """Return in words what a part of a JSON schema allows, null left out.

    A record in it is called by its name, or "keys of their own".
    """
    choices = [*value.get("anyOf", ()), *value.get("oneOf", ())]
    if choices:
        words = [
            type_words(choice, named=named) for choice in choices if choice.get("type") != "null"
        ]
        return " or ".join(dict.fromkeys(words))
    if "$ref" in value:
        return _name_of(value) if named else "keys of their own"
    if "const" in value or "enum" in value:
        return " or ".join(f"`{choice}`" for choice in value.get("enum", [value.get("const")]))
    if value.get("type") == "array":
        held = {"anyOf": value["prefixItems"]} if "prefixItems" in value else value["items"]
        return f"list of {type_words(held, named=named)}"
    if value.get("type") == "object":
        return f"names, each with {type_words(_named(value) or {}, named=named)}"
    return f"{_PLAIN[value['type']]}{_limits(value)}" if "type" in value else "any value"


_PLAIN = {
    "boolean": "`true` or `false`",
    "integer": "whole number",
    "number": "number",
    "string": "text",
}
_LIMITS = {
    "exclusiveMinimum": "above",
    "minimum": "from",
    "exclusiveMaximum": "below",
    "maximum": "to",
}


def _limits(value: Schema) -> str:
    limits = [f" {word} {value[limit]}" for limit, word in _LIMITS.items() if limit in value]
    return "".join(limits)


def _default_words(value: Schema, records: Schema) -> str:
    default = value.get("default")
    if default is None:
        return "left out"
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, list) and default and isinstance(default[0], dict):
        return ", ".join(str(entry["set"]) for entry in default)
    if isinstance(default, list):
        return ", ".join(map(str, default)) or "none"
    if isinstance(default, dict):
        return "none" if not any(_records_in(value, records)) or not default else "its own defaults"
    return str(default)
