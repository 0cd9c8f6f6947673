"""How often does the nightly trend raise a false alarm, and how soon does it find a shift?

Run it with `python benchmarks/nights.py [PAGE.html]`. One fixed baseline is reused every night,
some probes are unstable from night to night, and the expected worsening is exactly the margin:
the worst case in which an alarm is false. With a path, 30 simulated nights become a page.
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from audit.run.history import Check, History
from audit.settings.gate import Gate
from reports.numbers.paired import paired_difference
from reports.numbers.trend import NIGHTS, judge_trend
from reports.page.nights import nights_page, read_nights

PROBES = 300
BASELINE_RATE = 0.2
MARGIN = 0.05
SHIFT = 0.05
AXES = 3
YEARS = 400
SHIFTS = 200
WITHIN = 10


def main() -> None:
    """Print false alarms a year and the share of shifts found within ten nights."""
    rng = np.random.default_rng(0)
    print("unstable  years with a false alarm  shift on night  found within 10 nights  median")
    for unstable in (0.02, 0.05, 0.1):
        alarms = [
            judge_trend(_nights(rng, NIGHTS, unstable, NIGHTS), MARGIN, AXES).alarm
            for _ in range(YEARS)
        ]
        for start in (0, 100, 340):
            found = [_found_after(rng, unstable, start) for _ in range(SHIFTS)]
            print(
                f"{unstable:8.2f}  {np.mean(alarms):24.3f}  {start + 1:14d}  "
                f"{np.mean([nights <= WITHIN for nights in found]):22.3f}  {np.median(found):6.0f}"
            )
    if len(sys.argv) > 1:
        write_page(Path(sys.argv[1]), rng)


def _nights(rng: np.random.Generator, count: int, unstable: float, shift_at: int) -> list:
    """Draw the worsening of every probe on every night, against one baseline answer each."""
    baseline = rng.random(PROBES) < BASELINE_RATE
    chances = np.where(rng.random(PROBES) < unstable, 1 / 2, baseline)
    can_worsen = ~baseline & (chances == 0)
    nights = []
    for night in range(count):
        wanted = MARGIN + (SHIFT if night >= shift_at else 0)
        missing = wanted - (chances - baseline).mean()
        tonight = chances.astype(float)
        tonight[can_worsen] = np.clip(missing * PROBES / can_worsen.sum(), 0, 1)
        nights.append((rng.random(PROBES) < tonight).astype(float) - baseline)
    return nights


def _found_after(rng: np.random.Generator, unstable: float, start: int) -> int:
    nights = _nights(rng, start + 2 * WITHIN, unstable, start)
    for extra in range(1, 2 * WITHIN + 1):
        if judge_trend(nights[: start + extra], MARGIN, AXES).alarm:
            return extra
    return 3 * WITHIN


def write_page(path: Path, rng: np.random.Generator) -> None:
    """Write the page of 30 nights, with a shift on the 21st."""
    with TemporaryDirectory() as folder:
        history = History(Path(folder) / "history.sqlite")
        for number, changes in enumerate(_nights(rng, 30, 0.05, 20)):
            found = paired_difference(np.maximum(-changes, 0), np.maximum(changes, 0), 0.95)
            difference = {"estimate": found.estimate, "low": found.low, "high": found.high}
            status = "regressed" if found.low > 0 else "inconclusive"
            values, counts = np.unique(changes, return_counts=True)
            when = datetime(2026, 1, 1, 3, tzinfo=UTC) + timedelta(days=number)
            history.add(
                Check(
                    checked_at=when.isoformat(timespec="seconds"),
                    candidate=f"checkpoint-{250 * (number + 1)}",
                    candidate_sha256=str(number),
                    baseline="release",
                    baseline_sha256="0",
                    run=f"runs/check-{number}",
                    verdict=status,
                    axes={"over_refusal": {"difference": difference, "status": status}},
                    changes={"over_refusal": list(zip(values, counts.tolist(), strict=True))},
                )
            )
        gate = Gate()
        path.write_text(nights_page(read_nights(history, gate, None), gate), encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()
