"""How is it said in words what a part of a JSON schema allows?"""

from typing import Any

Schema = dict[str, Any]


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
        return name_of(value) if named else "keys of their own"
    if "const" in value or "enum" in value:
        return " or ".join(f"`{choice}`" for choice in value.get("enum", [value.get("const")]))
    if value.get("type") == "array":
        held = {"anyOf": value["prefixItems"]} if "prefixItems" in value else value["items"]
        return f"list of {type_words(held, named=named)}"
    if value.get("type") == "object":
        return f"names, each with {type_words(named_part(value) or {}, named=named)}"
    return f"{_PLAIN[value['type']]}{_limits(value)}" if "type" in value else "any value"


def name_of(reference: Schema) -> str:
    """Return the name of the record that a reference stands for."""
    return str(reference["$ref"]).rpartition("/")[2]


def named_part(value: Schema) -> Schema | None:
    """Return what a mapping with free names holds."""
    patterns = value.get("patternProperties", {})
    named = next(iter(patterns.values()), value.get("additionalProperties"))
    return named if isinstance(named, dict) else None


_PLAIN = {
    "boolean": "`true` or `false`",
    "integer": "whole number",
    "null": "nothing",
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
