"""What does the page of the nights look like? Thirty simulated ones, with a shift on the 21st.

Run it with `python -P benchmarks/nights.py PAGE.html`. How often the trend is wrong is measured by
`benchmarks/trend.py`.
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from audit.axis import OVER_REFUSAL
from audit.run.history import Baseline, Check, CheckedAxis, CheckedDifference, History
from audit.settings.gate import Gate
from reports.axes import axis_status
from reports.comparison.nights import read_nights
from reports.numbers.paired import paired_difference
from reports.page.nights import nights_page

PROBES = 300
NIGHTS = 30
BLESSED_AT = "2026-01-01T00:00:00+00:00"
SHIFT_AT = 20
BEFORE, AFTER, UNSTEADY = 0.0, 0.1, 0.03
"""The worsening before and after the shift, and the share of probes that flip either way."""


def main() -> None:
    """Write the page."""
    rng = np.random.default_rng(0)
    page = Path(sys.argv[1])
    with TemporaryDirectory() as folder:
        history = History(Path(folder) / "history.sqlite")
        blessed = Baseline("release", "runs/release", "after", "0", "what users have", BLESSED_AT)
        history.bless(blessed)
        for number in range(NIGHTS):
            history.add(_check(rng, number))
        shown = nights_page(read_nights(history, None, None), page)
        page.write_text(shown, encoding="utf-8")
    print(page)


def _check(rng: np.random.Generator, number: int) -> Check:
    draw = rng.random(PROBES)
    worse = draw < UNSTEADY + (AFTER if number >= SHIFT_AT else BEFORE)
    changes = worse.astype(float) - (draw > 1 - UNSTEADY)
    found = paired_difference(np.maximum(-changes, 0), np.maximum(changes, 0), 0.95)
    margin = Gate().margin(OVER_REFUSAL)
    status = axis_status(OVER_REFUSAL, found, margin)[0]
    difference = CheckedDifference(found.estimate, found.low, found.high)
    values, counts = np.unique(changes, return_counts=True)
    when = datetime(2026, 1, 1, 3, tzinfo=UTC) + timedelta(days=number)
    return Check(
        checked_at=when.isoformat(timespec="seconds"),
        candidate=f"checkpoint-{250 * (number + 1)}",
        candidate_sha256=str(number),
        baseline="release",
        baseline_sha256="0",
        run=f"runs/check-{number}",
        verdict=status,
        axes={"over_refusal": CheckedAxis(difference, margin, status)},
        changes={"over_refusal": list(zip(values.tolist(), counts.tolist(), strict=True))},
        judge_sha256="judge",
        probes_sha256="probes",
        answers_sha256="answers",
        blessed_at=BLESSED_AT,
        gate=Gate(),
    )


if __name__ == "__main__":
    main()
