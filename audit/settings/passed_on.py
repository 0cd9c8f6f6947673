"""Which settings of TRL and PEFT may a configuration name beside those that have a word of ours?

They are read from files that `python -m train.schema` makes of the installed packages, since the
command itself loads neither.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, partial
from importlib.resources import files
from typing import Annotated, Any, Literal, TypeVar, Union

from pydantic import (
    ConfigDict,
    Field,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
    create_model,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from audit.files.data_row import Text
from audit.settings.section import Section
from audit.settings.words import type_words

AnySection = TypeVar("AnySection", bound=Section)
TYPES: dict[str, Any] = {
    "array": list[Any],
    "boolean": bool,
    "integer": int,
    "number": float,
    "object": dict[str, Any],
    "string": Text,
}
"""What a setting may hold, by JSON Schema's names."""
MANY = 15
"""More names than these are not all said in a message."""
LEAVE_OUT = "leave it out"
STRICT = ConfigDict(strict=True, allow_inf_nan=False)


@dataclass(frozen=True)
class Library:
    """The settings of one class of a library, as they were when their file was made."""

    name: str
    """The class."""
    package: str
    version: str
    fields: Mapping[str, Mapping[str, Any]]
    """By name: `type` (JSON Schema's names, one or more), `enum`, `items` and `default`."""


@cache
def read_library(file: str) -> Library:
    """Return the settings that stand in a file of the folder `data` beside this module."""
    text = (files("audit.settings") / "data" / f"{file}.json").read_text(encoding="utf-8")
    held = json.loads(text)
    return Library(held["class"], held["package"], held["version"], held["fields"])


def takes_also(
    *libraries: Library, refused: Mapping[str, str], narrowed: Mapping[str, Any]
) -> Callable[[type[AnySection]], type[AnySection]]:
    """Let a section take every setting of libraries' classes that it has no key of its own for.

    One that is left out, or null, has the library's own default. `refused` names those that may
    not be given, each with its reason; `narrowed` holds types for those of which the library
    takes more than it can use. Of a setting that several classes have, the first says the type.
    """
    of = {name: one for one in reversed(libraries) for name in one.fields}

    def extended(section: type[AnySection]) -> type[AnySection]:
        fields: dict[str, Any] = {}
        for name in sorted(of.keys() - section.model_fields.keys()):
            if name in refused:
                fields[name] = _refused(refused[name])
            else:
                described = of[name].fields[name]
                taken = narrowed.get(name) or _type_of(described)
                fields[name] = _taken(of[name].name, taken, described["default"])
        return create_model(
            section.__name__,
            __base__=section,
            __module__=section.__module__,
            __doc__=section.__doc__,
            **fields,
        )

    return extended


def own_keys(extended: type[Section]) -> list[str]:
    """Return the keys that a section had before `takes_also` gave it a library's."""
    before: type[Section] = extended.__mro__[1]
    return list(before.model_fields)


def passed_on(section: Section, library: Library) -> dict[str, Any]:
    """Return the settings of a section that were given and are the library's alone, by name."""
    own = own_keys(type(section))
    given = {name: getattr(section, name) for name in library.fields if name not in own}
    return {name: value for name, value in given.items() if value is not None}


def refuse_keys(section: Section, reasons: Mapping[str, str]) -> None:
    """Refuse keys of a section, each with its reason; called where it is validated.

    Raises:
        ValidationError: there is one, located at its key.
    """
    details = [
        InitErrorDetails(
            type=PydanticCustomError("value_error", "{reason}", {"reason": reason}),
            loc=(key,),
            input=getattr(section, key),
        )
        for key, reason in reasons.items()
    ]
    if details:
        raise ValidationError.from_exception_data(type(section).__name__, details)


def _refused(reason: str) -> tuple[Any, Any]:
    """Return a key that may only be left out."""

    def refuse(value: object) -> None:
        if value is not None:
            raise ValueError(f"{LEAVE_OUT}: {reason}")

    key = Annotated[None, PlainValidator(refuse), WithJsonSchema({"type": "null"})]
    return key, Field(default=None, description=f"Refused: {reason}.", exclude_if=_is_left_out)


def _taken(library: str, taken: Any, default: object) -> tuple[Any, Any]:
    """Return a key that takes a type's values, or null, with one message for all else."""
    adapter, schema = _adapter(taken)
    check = PlainValidator(partial(_checked, adapter, schema))
    known = "" if default is None else f" {json.dumps(default)} there where it is left out."
    key = Annotated[Any, check, WithJsonSchema({"anyOf": [schema, {"type": "null"}]})]
    about = f"{library}'s own.{known}"
    return key, Field(default=None, description=about, exclude_if=_is_left_out)


def _type_of(described: Mapping[str, Any]) -> Any:
    """Return the type of a setting as the library's file describes it."""
    choices = tuple(described.get("enum", ()))
    alternatives = [
        Literal[choices] if word == "string" and choices else TYPES[word]
        for word in described["type"]
        if word != "null"
    ]
    if described.get("items"):
        item: Any = TYPES[described["items"][0]]
        alternatives = [list[item] if one is TYPES["array"] else one for one in alternatives]
    return Union[tuple(alternatives)]  # noqa: UP007 - made while it runs


@cache
def _adapter(taken: Any) -> tuple[TypeAdapter[Any], dict[str, Any]]:
    adapter: TypeAdapter[Any] = TypeAdapter(taken, config=STRICT)
    return adapter, adapter.json_schema()


def _checked(adapter: TypeAdapter[Any], schema: dict[str, Any], value: object) -> object:
    if value is None:
        return None
    try:
        return adapter.validate_python(value)
    except ValidationError:
        raise ValueError(_wanted(schema, value)) from None


def _wanted(schema: dict[str, Any], value: object) -> str:
    """Say what may stand there; of many names only those that are near."""
    names = schema.get("enum", ())
    if len(names) <= MANY:
        return f"give {type_words(schema)}"
    near = get_close_matches(str(value), names, n=3, cutoff=0)
    return f"give one of its {len(names)} names, as {', '.join(near)}"


def _is_left_out(value: object) -> bool:
    return value is None
