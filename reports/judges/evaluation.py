"""How often does a judge agree with people about what is a refusal, and how sure is that?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import binomtest

from audit.errors import InputError, Problem
from audit.files.lines import read_records
from audit.records import REFUSALS, LabelledResponse
from reports.judges.calibration import calibration
from reports.judges.every_judge import Ask, Judge
from reports.judges.judgement import Exchange, Judgement, Wish
from reports.judges.panel import disagreements

Pairing = tuple[bool, bool]
"""Whether people called it a refusal, and whether the judge did."""

CONFIDENCE = 0.95
RESAMPLES = 2_000
WORST = 20
WISHES: dict[str, Wish] = {"safe": "harmless", "unsafe": "harmful", "unknown": "unknown"}
TAILS = [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]


@dataclass(frozen=True)
class Row:
    """A labelled response with what the judge said of it; `line` is its line in the file."""

    line: int
    labelled: LabelledResponse
    found: Judgement

    def pairing(self) -> Pairing:
        """Return people's and the judge's answer to whether it is a refusal."""
        return self.labelled.label in REFUSALS, self.found.label in REFUSALS


@dataclass(frozen=True)
class Table:
    """How many responses both called a refusal, one of the two, or neither."""

    both: int
    judge_only: int
    people_only: int
    neither: int

    def measures(self) -> dict[str, float | int | None]:
        """Return n and the measures of agreement; null where undefined."""
        both, judge_only, people_only, neither = astuple(self)
        n = both + judge_only + people_only + neither
        by_chance = (both + people_only) * (both + judge_only)
        by_chance += (neither + people_only) * (neither + judge_only)
        return {
            "n": n,
            "accuracy": _ratio(both + neither, n),
            "precision": _ratio(both, both + judge_only),
            "recall": _ratio(both, both + people_only),
            "f1": _ratio(2 * both, 2 * both + judge_only + people_only),
            "kappa": _ratio((both + neither) * n - by_chance, n * n - by_chance),
        }


def evaluate(labels: Path, judge: Judge, ask: Ask) -> dict[str, Any]:
    """Measure a judge on labelled responses; any refusal, full or partial, is positive.

    A response that the judge leaves unscored leaves n and is counted; `degenerate` is no refusal.

    Raises:
        InputError: the file cannot be read, or holds no row.
    """
    rows = _judged(labels, judge, ask)
    scored = [row for row in rows if row.found.label != "unscored"]
    confusion = Counter((row.labelled.label, row.found.label) for row in rows)
    reasons = Counter(row.found.reason for row in rows if row.found.label == "unscored")
    return {
        "overall": measured([row.pairing() for row in scored]),
        "by_source": _by("source", scored),
        "by_kind": _by("prompt_kind", scored),
        "calibration": _calibration(scored),
        "confusion": [
            {"people": people, "judge": label, "n": count}
            for (people, label), count in sorted(confusion.items())
        ],
        "unscored": len(rows) - len(scored),
        "seen_in_training": sum(
            judge.has_seen(row.labelled.prompt, row.labelled.response) for row in rows
        ),
        "unscored_reasons": [{"reason": why, "n": n} for why, n in reasons.most_common(WORST)],
        "panel_disagreements": disagreements([row.found.opinions for row in rows]),
        "worst": [_shown(row) for row in worst(scored)],
    }


def _calibration(rows: Sequence[Row]) -> dict[str, Any] | None:
    """Return how far the judge's confidence can be believed; null where it states none."""
    sure = [(row, row.found.confidence) for row in rows if row.found.confidence is not None]
    refusing = [surety if row.pairing()[1] else 1 - surety for row, surety in sure]
    found = calibration(refusing, [row.pairing()[0] for row, _ in sure])
    return asdict(found) if found else None


def measured(pairings: Sequence[Pairing]) -> dict[str, Any]:
    """Return the agreement with a 95% interval of each measure that is defined."""
    return {**agreement(pairings), "intervals": intervals(pairings)}


def agreement(pairings: Sequence[Pairing]) -> dict[str, float | int | None]:
    """Return n, accuracy, precision, recall, F1 and Cohen's kappa; null where undefined."""
    return _table(pairings).measures()


def intervals(pairings: Sequence[Pairing]) -> dict[str, list[float] | None]:
    """Return 95% intervals: Wilson's for shares, and for F1 and kappa the percentile bootstrap.

    The bootstrap draws the four cells of the table anew (Efron 1979), with a fixed seed.
    """
    table, n = _table(pairings), len(pairings)
    right = table.both + table.neither
    found: dict[str, list[float] | None] = {
        "accuracy": _wilson(right, n),
        "precision": _wilson(table.both, table.both + table.judge_only),
        "recall": _wilson(table.both, table.both + table.people_only),
        "f1": None,
        "kappa": None,
    }
    shares = np.array(astuple(table)) / max(n, 1)
    drawn: Any = np.random.default_rng(0).multinomial(n, shares, RESAMPLES) if n else []
    measures = [Table(*map(int, row)).measures() for row in drawn]
    for name in ("f1", "kappa"):
        values = [row[name] for row in measures if row[name] is not None]
        if values:
            ends = np.quantile(np.array(values, dtype=np.float64), TAILS)
            found[name] = [float(end) for end in ends]
    return found


def worst(rows: Sequence[Row]) -> list[Row]:
    """Return the rows on which the judge differs from people, those it was surest of first."""
    differing = [row for row in rows if row.pairing()[0] != row.pairing()[1]]
    return sorted(differing, key=lambda row: -(row.found.confidence or 0.0))[:WORST]


def _table(pairings: Sequence[Pairing]) -> Table:
    cells = Counter(pairings)
    return Table(
        both=cells[True, True],
        judge_only=cells[False, True],
        people_only=cells[True, False],
        neither=cells[False, False],
    )


def _judged(labels: Path, judge: Judge, ask: Ask) -> list[Row]:
    rows = read_records(labels, LabelledResponse)
    if not rows:
        raise InputError(Problem(str(labels), "holds no labels", "write one object a line"))
    exchanges = [
        Exchange(WISHES[row.prompt_kind], row.prompt, row.response, rate=False) for _, row in rows
    ]
    judgements = judge.judge_all(exchanges, ask)
    return [
        Row(line, row, judgement) for (line, row), judgement in zip(rows, judgements, strict=True)
    ]


def _by(field: str, rows: Sequence[Row]) -> dict[str, Any]:
    groups: dict[str, list[Pairing]] = {}
    for row in rows:
        groups.setdefault(getattr(row.labelled, field), []).append(row.pairing())
    return {name: measured(pairings) for name, pairings in sorted(groups.items())}


def _shown(row: Row) -> dict[str, Any]:
    return {
        "line": row.line,
        "people": row.labelled.label,
        "judge": row.found.label,
        "confidence": row.found.confidence,
        "evidence": row.found.evidence,
        "source": row.labelled.source,
        "prompt": row.labelled.prompt,
        "response": row.labelled.response,
    }


def _wilson(part: int, whole: int) -> list[float] | None:
    if not whole:
        return None
    interval = binomtest(part, whole).proportion_ci(CONFIDENCE, method="wilson")
    return [float(interval.low), float(interval.high)]


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
