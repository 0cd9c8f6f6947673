"""What do all checks against one baseline say together?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from audit.axis import AXES, Axis, AxisName
from audit.errors import InputError, Problem
from audit.run.history import Acknowledgement, Baseline, Check, History
from audit.settings.gate import Gate
from reports.numbers.trend import ALPHA, NIGHTS, SPENT, Changes, Trend, judge_trend, one_night


@dataclass(frozen=True)
class Nights:
    """The checks that may stand beside each other, oldest first, and the trend on each axis."""

    baseline: str
    blessed: Baseline | None
    """As what the baseline was chosen and why; null where it was named by its folder."""
    conditions: str
    checks: list[Check]
    trends: dict[AxisName, Trend]
    acknowledged: list[Acknowledgement]
    """The alarms of this year that somebody has looked at."""
    alpha_left: float
    """What these have left of the year's 5% of false alarms."""

    @property
    def alarms(self) -> list[AxisName]:
        """The axes on which an alarm stands."""
        return [axis for axis, trend in self.trends.items() if trend.alarm]


def read_nights(history: History, gate: Gate | None, baseline: str | None) -> list[Nights]:
    """Group the history by what makes checks comparable, and judge each axis of each group.

    Each check is judged with the margins of the gate that was used; with those of `gate` where one
    is given.

    Raises:
        InputError: no baseline was blessed under the name.
    """
    blessed = {row.sha256 for row in history.baselines() if row.name == baseline}
    if baseline is not None and not blessed:
        known = ", ".join(sorted({row.name for row in history.baselines()})) or "none"
        what = f'no baseline was blessed as "{baseline}"'
        raise InputError(Problem("--baseline", what, f"name a blessed one ({known})"))
    groups: dict[str, list[Check]] = {}
    for check in history.checks():
        if baseline is None or check.baseline_sha256 in blessed:
            groups.setdefault(check.conditions, []).append(check)
    return [_nights(history, checks, gate) for checks in groups.values()]


def nights_of(history: History, check: Check) -> Nights:
    """Return the nights that a check belongs to, each judged by its own gate."""
    checks = [row for row in history.checks() if row.conditions == check.conditions]
    return _nights(history, checks, None)


def acknowledge(history: History, all_nights: list[Nights], who: str, reason: str) -> None:
    """Write down that the alarms that stand were looked at, so that the trend goes on.

    Raises:
        InputError: no alarm stands, or it is not said who or why.
    """
    said = {"--acknowledge": who, "--reason": reason}
    empty = [name for name, text in said.items() if not text.strip()]
    if empty:
        raise InputError(*(Problem(name, "is empty", "say who, and why") for name in empty))
    standing = [nights for nights in all_nights if nights.alarms]
    if not standing:
        what, fix = "no alarm stands", "there is nothing to acknowledge"
        raise InputError(Problem("--acknowledge", what, fix))
    now = datetime.now(UTC).isoformat(timespec="seconds")
    for nights in standing:
        left = nights.alpha_left * (1 - SPENT)
        alarm = Acknowledgement(nights.conditions, nights.alarms, who, reason, now, left)
        history.acknowledge(alarm)


def _nights(history: History, checks: list[Check], gate: Gate | None) -> Nights:
    year = _current_year(_by_night(_each_once(checks)))
    begun = year[0][0].checked_at
    acknowledged = [
        taken
        for taken in history.acknowledgements(checks[0].conditions)
        if taken.acknowledged_at >= begun
    ]
    alpha_left = acknowledged[-1].alpha_left if acknowledged else ALPHA
    until = acknowledged[-1].acknowledged_at if acknowledged else ""
    counting = _by_night([taken for night in year for taken in night if taken.checked_at > until])
    measured = [axis for axis in AXES if any(axis.name in taken.changes for taken in checks)]
    trends = {
        axis.name: _trend(axis, counting, gate, len(measured), alpha_left) for axis in measured
    }
    return Nights(
        baseline=checks[-1].baseline,
        blessed=_blessing(history, checks[-1]),
        conditions=checks[0].conditions,
        checks=checks,
        trends=trends,
        acknowledged=acknowledged,
        alpha_left=alpha_left,
    )


def _blessing(history: History, check: Check) -> Baseline | None:
    """Return the blessing under which a check was made."""
    chosen = [
        row
        for row in history.baselines()
        if (row.sha256, row.blessed_at) == (check.baseline_sha256, check.blessed_at)
    ]
    return chosen[-1] if chosen else None


def _each_once(checks: list[Check]) -> list[Check]:
    """Leave out weights that were checked before: they tell nothing new."""
    first: dict[str, Check] = {}
    for check in checks:
        first.setdefault(check.candidate_sha256, check)
    return list(first.values())


def _by_night(checks: list[Check]) -> list[list[Check]]:
    nights: dict[str, list[Check]] = {}
    for check in checks:
        nights.setdefault(check.night, []).append(check)
    return list(nights.values())


def _current_year(nights: list[list[Check]]) -> list[list[Check]]:
    return nights[(len(nights) - 1) // NIGHTS * NIGHTS :]


def _trend(
    axis: Axis, nights: list[list[Check]], gate: Gate | None, axes: int, alpha_left: float
) -> Trend:
    measured = [[check for check in night if axis.name in check.changes] for night in nights]
    kept = [night for night in measured if night]
    changes = [one_night([_spread(check.changes[axis.name]) for check in night]) for night in kept]
    margins = [_margin(axis, night, gate) for night in kept]
    return judge_trend(changes, margins, axes, alpha_left)


def _margin(axis: Axis, night: list[Check], gate: Gate | None) -> float:
    """Return the mean margin of a night's checks, each by its own gate unless one is given."""
    own = [(gate or check.gate or Gate()).margin(axis) for check in night]
    return sum(own) / len(own)


def _spread(counts: Sequence[tuple[float, int]]) -> Changes:
    """Return one value for each probe from the counts of equal values."""
    return np.repeat([value for value, _ in counts], [count for _, count in counts]).astype(float)
