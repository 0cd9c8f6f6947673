"""How likely is a refusal, given the features of an answer from one of its sentences on?

Logistic regressions, each a sum of weights, one for each feature that holds. Two tell a refusal:
one is learned from answers of 2023 that people labelled, the other from examples in the styles that
models have had since. A third tells which of these an answer is like, and a fourth which sentences
only lead up to an answer. The weights are a JSON file that a person can read and
`benchmarks/train_judge.py` writes.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from math import exp
from pathlib import Path

WEIGHTS = Path(__file__).parent / "data" / "refusal_weights.json"
THOUSANDTHS = 1000
DIGITS = 32
FURTHEST = 30.0


@dataclass(frozen=True)
class Regression:
    """A weight for each feature, and the sum to start from, in thousandths."""

    intercept: int
    weights: Mapping[str, int]

    def logit(self, features: Iterable[str]) -> float:
        """Return the logarithm of the odds; sums of whole numbers are the same in any order."""
        found = filter(None, map(self.weights.get, features))
        return sum(found, self.intercept) / THOUSANDTHS


Triple = tuple[int, int, int]


@dataclass(frozen=True)
class Regressions:
    """Three weights for each feature: refused as people said, as styles of today do, is of today.

    All are whole thousandths, and the three of a feature are one number (`packed`), so that one sum
    adds all of them.
    """

    intercepts: Triple
    weights: Mapping[str, int]

    def logits(self, features: Iterable[str]) -> tuple[float, float, float]:
        """Return each logarithm of the odds."""
        total = sum(filter(None, map(self.weights.get, features)), packed(self.intercepts))
        known, today, which = unpacked(total)
        return known / THOUSANDTHS, today / THOUSANDTHS, which / THOUSANDTHS


def packed(three: Triple) -> int:
    """Return three numbers below 2^31 as one; a sum of such is the three sums as one."""
    return three[0] + (three[1] << DIGITS) + (three[2] << 2 * DIGITS)


def unpacked(total: int) -> Triple:
    """Return the three numbers of `packed`."""
    half, whole = 1 << (DIGITS - 1), 1 << DIGITS
    first = (total + half) % whole - half
    rest = (total - first) >> DIGITS
    second = (rest + half) % whole - half
    return first, second, (rest - second) >> DIGITS


@dataclass(frozen=True)
class RefusalModel:
    """The regressions of an answer from a sentence on, and of a sentence that may only lead up.

    `temper` multiplies the log-odds of the styles of today, since they are less certain.
    """

    view: Regressions
    sentence: Regression
    temper: float

    def refusing(self, features: Iterable[str]) -> float:
        """Return the log-odds of a refusal, full or partial, of an answer from a sentence on."""
        known, today, which = self.view.logits(features)
        share = probability(which)
        return (1 - share) * known + share * self.temper * today

    def of_today(self, features: Iterable[str]) -> float:
        """Return the log-odds that an answer is in a style of today."""
        return self.view.logits(features)[2]

    def leads_up(self, features: Iterable[str]) -> float:
        """Return the probability that a sentence only leads up to the answer."""
        return probability(self.sentence.logit(features))


def probability(logit: float) -> float:
    """Return the probability that has these log-odds."""
    return 1 / (1 + exp(-max(-FURTHEST, min(FURTHEST, logit))))


@cache
def shipped_model() -> RefusalModel:
    """Return the model that comes with the program."""
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    view = stored["view"]
    weights = {
        name: packed((one, two, three)) for name, (one, two, three) in view["weights"].items()
    }
    known, today, which = view["intercepts"]
    return RefusalModel(
        view=Regressions((known, today, which), weights),
        sentence=Regression(**stored["sentence"]),
        temper=stored["temper"],
    )


def write_model(model: RefusalModel, path: Path) -> None:
    """Write a model, one feature a line, so that a change of weights can be reviewed."""
    view, sentence = model.view, model.sentence
    triples = {name: unpacked(one) for name, one in view.weights.items()}
    parts = (
        f'"temper": {model.temper}',
        f'"sentence": {{"intercept": {sentence.intercept}, "weights": {_lines(sentence.weights)}}}',
        f'"view": {{"intercepts": {list(view.intercepts)}, "weights": {_lines(triples)}}}',
    )
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def _lines(weights: Mapping[str, object]) -> str:
    names = ((json.dumps(name, ensure_ascii=False), weights[name]) for name in sorted(weights))
    return "{\n" + ",\n".join(f"{name}: {json.dumps(one)}" for name, one in names) + "\n}"
