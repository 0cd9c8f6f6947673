"""How often is the judge `rules` wrong on answers of which it is as sure as it is of these?

One measured error stands for the answers that it was measured on. Where a run's answers are of
other styles the judge is less sure of them, and its error at each confidence tells more.
"""

import json
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

BANDS = Path(__file__).parent / "rules" / "data" / "error_by_confidence.json"


@dataclass(frozen=True)
class Band:
    """How many answers the judge was so sure of, and on how many of them it was wrong.

    `people` are people's labels of models that it did not see, `today` examples in styles of today
    that it did not see, which were written to be hard.
    """

    low: float
    people: int
    people_wrong: int
    today: int
    today_wrong: int


@dataclass(frozen=True)
class ShareWrong:
    """The share on which it would be wrong, if it erred at each confidence as it did on either."""

    of: int
    as_on_people: float
    as_on_today: float


@cache
def bands() -> tuple[Band, ...]:
    """Return the bands of confidence in order, as `benchmarks/judge.py --write` measured them."""
    return tuple(Band(**row) for row in json.loads(BANDS.read_text(encoding="utf-8")))


def share_wrong(confidences: Iterable[float]) -> ShareWrong | None:
    """Weigh the error at each confidence by a run's answers; null where there are none."""
    lows = [band.low for band in bands()]
    held = [bands()[max(0, bisect_right(lows, sure) - 1)] for sure in confidences]
    if not held:
        return None
    return ShareWrong(
        of=len(held),
        as_on_people=sum(band.people_wrong / band.people for band in held) / len(held),
        as_on_today=sum(band.today_wrong / band.today for band in held) / len(held),
    )
