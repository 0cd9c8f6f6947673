"""Which settings do the installed TRL's methods and PEFT's LoraConfig take?

`python -m train.schema` writes them to where the configuration, which may load neither library,
reads them. Names, types and choices are kept; what a setting means is for TRL and PEFT to say.
"""

import types
import typing
from dataclasses import MISSING, Field, fields
from enum import Enum
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from peft import LoraConfig
from trl import DPOConfig, KTOConfig

import audit.settings
from audit.files.lines import write_json

Schema = dict[str, Any]
CLASSES: dict[str, tuple[str, type]] = {
    "dpo_config": ("trl", DPOConfig),
    "lora_config": ("peft", LoraConfig),
}
"""The package and class of the first files that are written."""
OF_FURTHER_METHODS: dict[str, tuple[str, type]] = {"kto_config": ("trl", KTOConfig)}
"""The same of further methods' settings."""
ORDER = ("boolean", "integer", "number", "string", "array", "object", "null")
"""Of a setting's types. To Python equal unions are one object, in the order of the first."""
PLAIN = {int: "integer", float: "number", bool: "boolean", str: "string", type(None): "null"}


def schema_of(package: str, described: type) -> Schema:
    """Return the names, types, choices and plain defaults of a dataclass, with the version."""
    hints = typing.get_type_hints(described)
    return {
        "class": described.__name__,
        "package": package,
        "version": version(package),
        "fields": {field.name: _field(field, hints[field.name]) for field in fields(described)},
    }


def _field(field: "Field[Any]", hint: Any) -> Schema:
    default = None if field.default is MISSING else field.default
    plain = default if isinstance(default, bool | int | float | str) else None
    choices = field.metadata.get("choices")
    return {**_type(hint), **({"enum": list(choices)} if choices else {}), "default": plain}


def _type(hint: Any) -> Schema:
    """Return a type as the part of JSON Schema that the configuration reads."""
    parts = [_part(part) for part in _alternatives(hint)]
    words = {word for part in parts for word in part["type"]}
    choices = dict.fromkeys(choice for part in parts for choice in part.get("enum", ()))
    items = dict.fromkeys(item for part in parts for item in part.get("items", ()))
    schema: Schema = {"type": [word for word in ORDER if word in words]}
    if choices:
        schema["enum"] = list(choices)
    if items:
        schema["items"] = list(items)
    return schema


def _alternatives(hint: Any) -> list[Any]:
    """Return the members of a union; an enumeration beside plain text speaks for the text."""
    is_union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    members = list(typing.get_args(hint)) if is_union else [hint]
    chosen = any(isinstance(member, type) and issubclass(member, Enum) for member in members)
    return [member for member in members if not (chosen and member is str)]


def _part(hint: Any) -> Schema:
    origin = typing.get_origin(hint) or hint
    if hint in PLAIN:
        return {"type": [PLAIN[hint]]}
    if origin is Literal:
        choices = typing.get_args(hint)
        return {"type": list(dict.fromkeys(PLAIN[type(one)] for one in choices)), "enum": choices}
    if isinstance(origin, type) and issubclass(origin, Enum):
        return {"type": ["string"], "enum": [str(member.value) for member in origin]}
    if origin in (list, tuple):
        held = [_part(one)["type"][0] for one in typing.get_args(hint)[:1]]
        return {"type": ["array"], "items": held}
    return {"type": ["object"]}


def main() -> None:
    """Write all files."""
    folder = Path(audit.settings.__file__).parent / "data"
    for name, (package, described) in {**CLASSES, **OF_FURTHER_METHODS}.items():
        write_json(folder / f"{name}.json", schema_of(package, described))


if __name__ == "__main__":
    main()
