"""How are the weights of the built-in judge trained?

Run it with `python benchmarks/train_judge.py LABELS.jsonl [MORE.jsonl ...]`; it needs scikit-learn
and writes `reports/judges/rules/data/refusal_weights.json`, and which rows they have seen.
`benchmarks/judge.py` measures what it makes.
"""

import random
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from preambles import sentences
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from audit.files.lines import read_records
from audit.records import REFUSALS, LabelledResponse
from reports.judges.rules.degenerate import answer_of
from reports.judges.rules.features import read_prompt, sentence_features, view_features
from reports.judges.rules.model import (
    THOUSANDTHS,
    WEIGHTS,
    RefusalModel,
    Regression,
    Regressions,
    packed,
    write_model,
)
from reports.judges.rules.reading import read
from reports.judges.rules.training_rows import write_seen

STRENGTH = 0.1
SENTENCE_STRENGTH = 0.3
WHICH_STRENGTH = 0.05
WHICH_MARGIN = 2000
"""In thousandths: taken for a style of today only where this is e^2 times as likely as not."""
TODAY_MARGIN = -150
"""In thousandths, away from refusals, of which the examples hold more than ordinary talk does: help
behind a regret or a disclaimer stays help."""
TEMPER = 0.7
"""Makes the confidence on styles that training has not seen as large as it is right there."""
OWN = "own"
OWN_SHARE = 2.0
OLD_SHARE = 0.6
"""How much the examples in styles of 2023 count beside those in the styles of today."""
SEEN_AT_LEAST = 6
TODAY_SEEN_AT_LEAST = 3
END = "end: "
"""Only styles of today are told by the words of an answer's end: elsewhere these did not carry over
to answers of other publications."""
SENTENCE_SEEN_AT_LEAST = 3
SMALLEST_WEIGHT = 8
"""In thousandths."""
PREAMBLES_EACH = 60
PREAMBLE_SHARE = 0.5
ANSWERING_SENTENCES = 2

Features = set[str]
Weights = dict[str, int]
"""Thousandths by feature, and under no name the sum to start from."""


class TrainingRow(LabelledResponse):
    """A labelled response, with the model that made it or the style that it was written in."""

    model: str = OWN
    style: str = ""
    written: str = ""

    def group(self) -> str:
        """Return what it is left out with: a style, or all that was published together."""
        return f"style {self.style}" if self.source == OWN else self.source.partition(":")[0]


@dataclass(frozen=True)
class Material:
    """A row with what is seen in its answer, and in each of its first sentences."""

    row: TrainingRow
    view: Features
    sentences: list[Features]


def read_rows(paths: list[Path]) -> list[TrainingRow]:
    """Read every row of the label files."""
    return [row for path in paths for _, row in read_records(path, TrainingRow)]


def look_at(rows: Iterable[TrainingRow]) -> list[Material]:
    """Look at every row as the judge does."""
    found = []
    for row in rows:
        asked, reading = read_prompt(row.prompt), read(answer_of(row.response))
        first = range(min(ANSWERING_SENTENCES, len(reading.sentences)))
        found.append(
            Material(
                row,
                view_features(asked, reading, 0),
                [sentence_features(asked, reading, place) for place in first],
            )
        )
    return found


def fit(found: list[Material]) -> RefusalModel:
    """Fit all regressions."""
    return RefusalModel(_views(found), _sentences(found), TEMPER)


def _views(found: list[Material]) -> Regressions:
    """Fit which answers refuse: those of 2023, those in styles of today, and which one is which."""
    old = [one for one in found if not one.row.written]
    own = [one for one in found if one.row.source == OWN]
    known = _regression(
        _without_ends(old), _refused(old), _shares([one.row for one in old]), STRENGTH
    )
    shares = np.array([1.0 if one.row.written else OLD_SHARE for one in own])
    views = [one.view for one in own]
    today = _regression(views, _refused(own), shares, STRENGTH, TODAY_SEEN_AT_LEAST)
    kinds = [one for one in found if one.row.written or one.row.source != OWN]
    modern = [bool(one.row.written) for one in kinds]
    counts = Counter(modern)
    even = np.array([len(kinds) / 2 / counts[one] for one in modern])
    which = _regression(_without_ends(kinds), modern, even, WHICH_STRENGTH)
    return _together(
        known,
        {**today, "": today[""] + TODAY_MARGIN},
        {**which, "": which[""] - WHICH_MARGIN},
    )


def _without_ends(found: list[Material]) -> list[Features]:
    return [{name for name in one.view if not name.startswith(END)} for one in found]


def _sentences(found: list[Material]) -> Regression:
    """Fit which sentences only lead up to an answer.

    Styles of today are left out of those that answer: many of them lead up to it first.
    """
    answers = [first for one in found if not one.row.written for first in one.sentences]
    draw = random.Random(1)  # noqa: S311 - nothing secret
    asked = [one.row.prompt for one in found]
    leading = [
        sentence_features(read_prompt(draw.choice(asked)), read(one), 0)
        for one in sentences(PREAMBLES_EACH)
    ]
    share = PREAMBLE_SHARE * len(answers) / len(leading)
    true = [False] * len(answers) + [True] * len(leading)
    shares = np.array([1.0] * len(answers) + [share] * len(leading))
    fitted = _regression(
        [*answers, *leading], true, shares, SENTENCE_STRENGTH, SENTENCE_SEEN_AT_LEAST
    )
    intercept = fitted.pop("")
    return Regression(
        intercept, {name: one for name, one in fitted.items() if abs(one) >= SMALLEST_WEIGHT}
    )


def _refused(found: list[Material]) -> list[bool]:
    return [one.row.label in REFUSALS for one in found]


def _shares(rows: Sequence[TrainingRow]) -> Any:
    """Return each row's weight, which falls with the square root of the size of its source.

    Our own examples, which are in the styles of many models, weigh double.
    """
    sizes = Counter(row.source for row in rows)
    mean_size = len(rows) / len(sizes)
    return np.array(
        [
            (mean_size / sizes[row.source]) ** 0.5 * (OWN_SHARE if row.source == OWN else 1.0)
            for row in rows
        ]
    )


def _regression(
    found: list[Features],
    true: list[bool],
    shares: Any,
    strength: float,
    seen: int = SEEN_AT_LEAST,
) -> Weights:
    vectors = CountVectorizer(analyzer=sorted, binary=True, min_df=seen)
    matrix = vectors.fit_transform(found)
    fitted = LogisticRegression(C=strength, solver="liblinear", random_state=0)
    fitted.fit(matrix, true, sample_weight=shares)
    weights = zip(vectors.get_feature_names_out(), fitted.coef_[0], strict=True)
    rounded = {str(name): round(float(weight) * THOUSANDTHS) for name, weight in weights}
    return {"": round(float(fitted.intercept_[0]) * THOUSANDTHS), **rounded}


def _together(known: Weights, today: Weights, which: Weights) -> Regressions:
    """Put regressions side by side, without features that hardly weigh in any."""
    names = sorted({*known, *today, *which})
    rows = {name: (known.get(name, 0), today.get(name, 0), which.get(name, 0)) for name in names}
    intercepts = rows.pop("")
    weighing = {name: row for name, row in rows.items() if max(map(abs, row)) >= SMALLEST_WEIGHT}
    return Regressions(intercepts, {name: packed(row) for name, row in weighing.items()})


def main() -> None:
    """Train on the given files and write the shipped weights."""
    rows = read_rows([Path(name) for name in sys.argv[1:]])
    model = fit(look_at(rows))
    write_model(model, WEIGHTS)
    write_seen((row.prompt, row.response) for row in rows)
    print(f"{len(model.view.weights)} weights from {len(rows)} rows in {WEIGHTS}")


if __name__ == "__main__":
    main()
