"""Which settings do the runs of a sweep differ in?"""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue

from audit.files.data_row import Text

MOST_RUNS = 500
"""More are a slip of a range more often than a wish."""
SEED = "train.seed"
"""The setting that makes another training of the same recipe."""
_KEY = re.compile(r"(train|preferences)(\.[A-Za-z0-9_]+)+")
_RANGE = re.compile(r"(\d{1,10})\.\.(\d{1,10})")


def _of_training(key: str) -> str:
    """Refuse what would have the runs asked or judged in different ways."""
    if not _KEY.fullmatch(key):
        raise ValueError(
            "a sweep varies the training: name keys of train or preferences, as train.beta"
        )
    return key


def _with_ranges(values: Any) -> Any:
    """Write `0..4` out as 0, 1, 2, 3, 4."""
    if not isinstance(values, list):
        raise ValueError("give a list of values, as [0.1, 0.5] or [0..4]")  # noqa: TRY004 - pydantic's
    written: list[Any] = []
    for value in values:
        found = _RANGE.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            written.append(value)
            continue
        first, last = int(found[1]), int(found[2])
        if not first <= last < first + MOST_RUNS:
            raise ValueError(f"{value} is no range of 1 to {MOST_RUNS} whole numbers")
        written += range(first, last + 1)
    return written


def _each_once(values: list[Any]) -> list[Any]:
    if any(value in values[:place] for place, value in enumerate(values)):
        raise ValueError("a value stands there twice")
    return values


def _not_too_many(sweep: dict[str, list[Any]]) -> dict[str, list[Any]]:
    runs = 1
    for values in sweep.values():
        runs *= len(values)
    if runs > MOST_RUNS:
        raise ValueError(f"these are {runs} runs, and at most {MOST_RUNS} are made")
    return sweep


Sweep = Annotated[
    dict[
        Annotated[Text, AfterValidator(_of_training)],
        Annotated[
            list[JsonValue],
            Field(min_length=1),
            BeforeValidator(_with_ranges),
            AfterValidator(_each_once),
        ],
    ],
    AfterValidator(_not_too_many),
]
"""The values that each key takes, by its place in the configuration."""
