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
from zlib import crc32

import numpy as np
from preambles import sentences
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from audit.files.lines import read_records
from audit.records import REFUSALS, LabelledResponse
from reports.judges.rules.degenerate import answer_of
from reports.judges.rules.features import Found, Reading, features, read
from reports.judges.rules.model import (
    THOUSANDTHS,
    WEIGHTS,
    RefusalModel,
    Regression,
    summary,
    write_model,
)
from reports.judges.rules.training_rows import write_seen

STRENGTH = 0.1
PREAMBLE_STRENGTH = 0.3
PREAMBLE_SHARE = 0.5
OWN = "own"
OWN_SHARE = {"": 2.0, "styles": 1.5}
SEEN_AT_LEAST = 4
SMALLEST_WEIGHT = 2
"""In thousandths."""
PREAMBLES_EACH = 60
FOLDS = 5
STYLES_SHARE = 2.0
"""How much more a row in a style of today counts in what is decided from all views."""

Features = set[str]


class TrainingRow(LabelledResponse):
    """A labelled response, with the model that made it or the style that it was written in."""

    model: str = OWN
    style: str = ""
    written: str = ""

    def group(self) -> str:
        """Return what it is left out with: a style, or all that was published together."""
        return f"style {self.style}" if self.source == OWN else self.source.partition(":")[0]


@dataclass(frozen=True)
class Seen:
    """An answer as the judge looks at it."""

    reading: Reading
    found: Found


@dataclass(frozen=True)
class Material:
    """A row as it stands, and behind sentences that lead up to it."""

    row: TrainingRow
    plain: Seen
    behind: Seen


def read_rows(paths: list[Path]) -> list[TrainingRow]:
    """Read every row of the label files."""
    return [row for path in paths for _, row in read_records(path, TrainingRow)]


def seen(prompt: str, answer: str) -> Seen:
    """Look at an answer as the judge does."""
    reading = read(answer)
    return Seen(reading, features(prompt, reading))


def look_at(rows: Iterable[TrainingRow]) -> list[Material]:
    """Look at every row, as it stands and behind one to three sentences that lead up to it."""
    draw = random.Random(0)  # noqa: S311 - nothing secret
    before = sentences(PREAMBLES_EACH, half=1)
    found = []
    for row in rows:
        answer = answer_of(row.response)
        preamble = " ".join(draw.sample(before, draw.choice([1, 2, 3])))
        behind = f"{preamble}{draw.choice([' ', chr(10) * 2])}{answer}"
        found.append(Material(row, seen(row.prompt, answer), seen(row.prompt, behind)))
    return found


def fit(found: list[Material]) -> RefusalModel:
    """Fit the three regressions; the last on scores of what the first two have not seen.

    Neither the style or publication has been seen there, nor the sentences that lead up.
    """
    folds = np.array([crc32(one.row.group().encode()) % FOLDS for one in found])
    summaries: list[dict[str, float]] = []
    refused: list[bool] = []
    shares: list[float] = []
    for fold in range(FOLDS):
        others = [one for one, own in zip(found, folds, strict=True) if own != fold]
        model = _two_regressions(others, sentences(PREAMBLES_EACH, half=0))
        for one in (one for one, own in zip(found, folds, strict=True) if own == fold):
            summaries += [seen_together(one.plain, model), seen_together(one.behind, model)]
            refused += [one.row.label in REFUSALS] * 2
            shares += [STYLES_SHARE if one.row.written else 1.0] * 2
    names = list(summaries[0])
    matrix = np.array([[one[name] for name in names] for one in summaries])
    decision = LogisticRegression(max_iter=1000).fit(matrix, refused, sample_weight=shares)
    both = fit_views(found)
    return RefusalModel(both.refusal, both.preamble, _regression(names, decision))


def fit_views(found: list[Material]) -> RefusalModel:
    """Fit the regressions of views and of sentences that lead up; the last one is left empty."""
    return _two_regressions(found, sentences(PREAMBLES_EACH))


def seen_together(one: Seen, model: RefusalModel) -> dict[str, float]:
    """Return what the model sees in all views of an answer."""
    logits = [model.refusal.logit(found) for found in one.found.views]
    leads_up = [_probability(model.preamble.logit(found)) for found in one.found.first_sentences]
    plain = one.reading.plain_refusals
    return summary(logits, leads_up, plain, len(one.reading.sentences))


def _two_regressions(found: list[Material], before: list[str]) -> RefusalModel:
    shares = _shares([one.row for one in found])
    refused = [one.row.label in REFUSALS for one in found]
    refusal = _fit([one.plain.found.views[0] for one in found], refused, shares, STRENGTH)
    answers = [first for one in found for first in one.plain.found.first_sentences[:2]]
    draw = random.Random(1)  # noqa: S311 - nothing secret
    asked = [one.row.prompt for one in found]
    leading = [seen(draw.choice(asked), one).found.first_sentences[0] for one in before]
    share = PREAMBLE_SHARE * len(answers) / len(leading)
    preamble = _fit(
        [*answers, *leading],
        [False] * len(answers) + [True] * len(leading),
        np.array([1.0] * len(answers) + [share] * len(leading)),
        PREAMBLE_STRENGTH,
    )
    return RefusalModel(refusal, preamble, Regression(0, {}))


def _shares(rows: Sequence[TrainingRow]) -> Any:
    """Return each row's weight, which falls with the square root of the size of its source."""
    sources = [(row.source, row.written) for row in rows]
    sizes = Counter(sources)
    return np.array(
        [
            (1000 / sizes[source]) ** 0.5 * (OWN_SHARE[source[1]] if source[0] == OWN else 1.0)
            for source in sources
        ]
    )


def _fit(found: list[Features], true: list[bool], shares: Any, strength: float) -> Regression:
    vectors = CountVectorizer(analyzer=sorted, binary=True, min_df=SEEN_AT_LEAST)
    matrix = vectors.fit_transform(found)
    regression = LogisticRegression(C=strength, solver="liblinear", random_state=0)
    regression.fit(matrix, true, sample_weight=shares)
    return _regression(vectors.get_feature_names_out(), regression)


def _regression(names: Iterable[str], fitted: Any) -> Regression:
    weights = zip(names, (round(float(w) * THOUSANDTHS) for w in fitted.coef_[0]), strict=True)
    return Regression(
        round(float(fitted.intercept_[0]) * THOUSANDTHS),
        {str(name): weight for name, weight in weights if abs(weight) >= SMALLEST_WEIGHT},
    )


def _probability(logit: float) -> float:
    return 1 / (1 + float(np.exp(-logit)))


def main() -> None:
    """Train on the given files and write the shipped weights."""
    rows = read_rows([Path(name) for name in sys.argv[1:]])
    model = fit(look_at(rows))
    write_model(model, WEIGHTS)
    write_seen((row.prompt, row.response) for row in rows)
    print(f"{len(model.refusal.weights)} weights from {len(rows)} rows in {WEIGHTS}")
    print(f"decision: {model.decision}")


if __name__ == "__main__":
    main()
