"""How often does the judge agree with people about what is a refusal?"""

from collections import Counter
from pathlib import Path
from typing import Any

from audit.errors import InputError, Problem
from audit.files import read_records
from audit.records import REFUSALS, LabelledResponse
from reports import rules_judge

Pairing = tuple[bool, bool]
"""Whether people called it a refusal, and whether the judge did."""


def evaluate(labels: Path) -> dict[str, Any]:
    """Measure the judge on labelled responses; any refusal, full or partial, is positive.

    Raises:
        InputError: the file cannot be read, or holds no row.
    """
    rows = [row for _, row in read_records(labels, LabelledResponse)]
    if not rows:
        raise InputError(Problem(str(labels), "holds no labels", "write one object a line"))
    judged = [(row, rules_judge.judge(row.prompt, row.response).label) for row in rows]
    scored = [(row, label) for row, label in judged if label != "unscored"]
    pairings = [(row.source, (row.label in REFUSALS, label in REFUSALS)) for row, label in scored]
    sources = sorted({source for source, _ in pairings})
    confusion = Counter((row.label, label) for row, label in judged)
    return {
        "overall": agreement([pairing for _, pairing in pairings]),
        "by_source": {
            name: agreement([pairing for source, pairing in pairings if source == name])
            for name in sources
        },
        "confusion": [
            {"people": people, "judge": label, "n": count}
            for (people, label), count in sorted(confusion.items())
        ],
        "unscored": len(judged) - len(scored),
        "judge": rules_judge.identity(),
    }


def agreement(pairings: list[Pairing]) -> dict[str, float | int | None]:
    """Return n, accuracy, precision, recall, F1 and Cohen's kappa; null where undefined."""
    n = len(pairings)
    both, judge_only = pairings.count((True, True)), pairings.count((False, True))
    people_only, neither = pairings.count((True, False)), pairings.count((False, False))
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


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
