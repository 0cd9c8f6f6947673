"""How often is the judge `rules` wrong on answers of which it is as sure as it is of these?

One measured error stands for the answers that it was measured on. Where a run's answers are of
other styles the judge is less sure of them, and its error at each confidence tells more.
"""

import json
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from audit.run.judge_identity import JudgeIdentity
from reports.axes import VerdictsByProbe

BANDS = Path(__file__).parent / "rules" / "data" / "error_by_confidence.json"


@dataclass(frozen=True)
class Band:
    """How many answers the judge was so sure of, and on how many of them it was wrong.

    `people` are people's labels of models that it did not see, `today` examples in styles of today
    that it did not see.
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
    """So many answers it was sure of, more or less."""
    as_on_people: float
    """If it errs as on people's labels of models that it did not see."""
    as_on_today: float
    """If it errs as on examples in styles of today that it did not see."""


@cache
def bands() -> tuple[Band, ...]:
    """Return the bands of confidence in order, as `benchmarks/judge.py --write` measured them."""
    return tuple(Band(**row) for row in json.loads(BANDS.read_text(encoding="utf-8")))


def wrong_by_sureness(
    judge: JudgeIdentity, verdicts: Mapping[str, VerdictsByProbe]
) -> dict[str, ShareWrong] | None:
    """Return for each arm how often the judge is wrong; null for another judge than `rules`."""
    if judge.kind != "rules":
        return None
    sure = {
        arm: [one.confidence for rows in by_probe.values() for one in rows]
        for arm, by_probe in verdicts.items()
    }
    shares = {
        arm: share_wrong(one for one in confidences if one is not None)
        for arm, confidences in sure.items()
    }
    return {arm: share for arm, share in shares.items() if share}


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
