"""What do the labels of the judge `rules` depend on?"""

import re
from types import ModuleType

from audit.files import digests
from reports.judges.rules import degenerate, features, judge, model, phrases

VERSION = "4"
"""Raised by hand whenever the same phrases, constants and weights are read in another way."""


def labels_depend_on() -> str:
    """Return the sha256 of version, phrases, constants and weights.

    The text of the modules is no part of it: code that moves makes no other judge.
    """
    weighed = model.shipped_model()
    found = [VERSION, weighed.intercept, dict(weighed.weights)]
    return digests.of_json([*found, constants(degenerate, features, judge, phrases)])


def constants(*modules: ModuleType) -> dict[str, object]:
    """Return every phrase and constant of the modules by its name, as JSON holds it.

    Where a constant stands makes no difference, nor in how many modules it is imported.
    """
    named = {
        name: value for module in modules for name, value in vars(module).items() if name.isupper()
    }
    return {
        name: _plain(value)
        for name, value in named.items()
        if isinstance(value, int | float | str | tuple | dict | re.Pattern)
    }


def _plain(value: object) -> object:
    if isinstance(value, re.Pattern):
        return [value.pattern, value.flags]
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return value
