"""Which keys may stand in a configuration, a gate and a judges' file, and what is each for?

Type, default and meaning of every key are read from the settings records themselves.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from audit.settings.gate import Gate
from audit.settings.judges import JudgesFile
from audit.settings.run_config import RunConfig
from audit.settings.section import Section
from audit.settings.served import ServedConfig
from audit.settings.words import Schema, name_of, named_part, type_words

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
        yield "", records[name_of(value)]
    for choice in (*value.get("anyOf", ()), *value.get("oneOf", ())):
        yield from _records_in(choice, records)
    for ending, held in (("[]", value.get("items")), (".NAME", named_part(value))):
        if held:
            inner = _records_in(held, records)
            yield from ((ending + further, record) for further, record in inner)


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
