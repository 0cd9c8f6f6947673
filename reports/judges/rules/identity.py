"""What do the labels of the judge `rules` depend on?"""

import re
from dataclasses import asdict
from types import ModuleType

from audit.files import digests
from reports.judges.rules import (
    degenerate,
    features,
    judge,
    language,
    model,
    phrases,
    reading,
    unwrapping,
)

CONSTANTS = (int, float, str, tuple, dict, re.Pattern)
VERSION = "7"
"""Raised by hand whenever the same phrases, constants and weights are read in another way."""


def labels_depend_on() -> str:
    """Return the sha256 of version, phrases, constants and weights.

    The text of the modules is no part of it: code that moves makes no other judge.
    """
    read = constants(degenerate, features, judge, language, model, phrases, reading, unwrapping)
    return digests.of_json([VERSION, asdict(model.shipped_model()), read])


def constants(*modules: ModuleType) -> dict[str, object]:
    """Return every phrase and constant of the modules by its name, as JSON holds it.

    Where a constant stands makes no difference, nor in how many modules it is imported; where two
    modules know another value by one name, both are there.
    """
    found: dict[str, list[object]] = {}
    for module in modules:
        for name, value in vars(module).items():
            if not name.isupper() or not isinstance(value, CONSTANTS):
                continue
            values = found.setdefault(name, [])
            if (plain := _plain(value)) not in values:
                values.append(plain)
    return {name: one if not others else [one, *others] for name, (one, *others) in found.items()}


def _plain(value: object) -> object:
    if isinstance(value, re.Pattern):
        return [value.pattern, value.flags]
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return value
