"""How are the weights of the built-in judge trained?

Run it with `python benchmarks/train_judge.py LABELS.jsonl [MORE.jsonl ...]`; it needs scikit-learn
and writes `reports/judges/rules/data/refusal_weights.json`, and which rows they have seen.
`benchmarks/judge.py` measures what it makes.
"""

import sys
from collections import Counter
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from audit.files.lines import read_records
from audit.records import REFUSALS, LabelledResponse
from reports.judges.rules.degenerate import answer_of
from reports.judges.rules.features import features, read
from reports.judges.rules.model import WEIGHTS, RefusalModel, write_model
from reports.judges.rules.training_rows import write_seen

STRENGTH = 0.1
OWN = "own"
OWN_SHARE = 2.0
SEEN_AT_LEAST = 6
SMALLEST_WEIGHT = 0.001
DIGITS = 4


class TrainingRow(LabelledResponse):
    """A labelled response, with the model that made it where the file says so."""

    model: str = OWN


def read_rows(paths: list[Path]) -> list[TrainingRow]:
    """Read every row of the label files."""
    return [row for path in paths for _, row in read_records(path, TrainingRow)]


def found_features(rows: list[TrainingRow]) -> list[set[str]]:
    """Return the features of each row."""
    return [features(row.prompt, read(answer_of(row.response))) for row in rows]


def fit(rows: list[TrainingRow], found: list[set[str]]) -> RefusalModel:
    """Fit a logistic regression to rows and their features, no source outweighing the others.

    A row's weight falls with the square root of the size of its source. Our own examples, which are
    in the styles of many models, weigh double.
    """
    vectors = CountVectorizer(analyzer=sorted, binary=True, min_df=SEEN_AT_LEAST)
    matrix = vectors.fit_transform(found)
    sizes = Counter(row.source for row in rows)
    mean_size = len(rows) / len(sizes)
    own_share = {OWN: OWN_SHARE}
    shares = np.array(
        [(mean_size / sizes[row.source]) ** 0.5 * own_share.get(row.source, 1.0) for row in rows]
    )
    refused = np.array([row.label in REFUSALS for row in rows])
    regression = LogisticRegression(C=STRENGTH, solver="liblinear", random_state=0)
    regression.fit(matrix, refused, sample_weight=shares)
    weights = zip(vectors.get_feature_names_out(), regression.coef_[0], strict=True)
    return RefusalModel(
        intercept=round(float(regression.intercept_[0]), DIGITS),
        weights={
            str(name): round(float(weight), DIGITS)
            for name, weight in weights
            if abs(weight) >= SMALLEST_WEIGHT
        },
    )


def main() -> None:
    """Train on the given files and write the shipped weights."""
    rows = read_rows([Path(name) for name in sys.argv[1:]])
    model = fit(rows, found_features(rows))
    write_model(model, WEIGHTS)
    write_seen((row.prompt, row.response) for row in rows)
    print(f"{len(model.weights)} weights from {len(rows)} rows in {WEIGHTS}")


if __name__ == "__main__":
    main()
