"""How likely is a refusal, given the features of a response from each of its sentences on?

Three logistic regressions, each a sum of weights: does what starts here refuse, does this sentence
only lead up to the answer, and what follows from both. The weights are a JSON file that a person
can read and `benchmarks/train_judge.py` writes.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from math import exp, fsum
from pathlib import Path

WEIGHTS = Path(__file__).parent / "data" / "refusal_weights.json"
THOUSANDTHS = 1000
LARGEST = 8.0
PLAIN = 3.0
NEAR = 3
LONGEST = 20


@dataclass(frozen=True)
class Regression:
    """A weight for each feature, and the sum to start from, both in thousandths."""

    intercept: int
    weights: Mapping[str, int]

    def logit(self, features: Iterable[str]) -> float:
        """Return the logarithm of the odds; sums of whole numbers are the same in any order."""
        found = filter(None, map(self.weights.get, features))
        return (self.intercept + sum(found)) / THOUSANDTHS


@dataclass(frozen=True)
class RefusalModel:
    """The regressions of a view, of a sentence that leads up, and of what is seen in all views."""

    refusal: Regression
    preamble: Regression
    decision: Regression

    def logit(self, seen: Mapping[str, float]) -> float:
        """Return the logarithm of the odds of a refusal, given what is seen in all views."""
        weights = self.decision.weights
        total = fsum(weights[name] * seen[name] for name in seen)
        return (self.decision.intercept + total) / THOUSANDTHS


def probability(logit: float) -> float:
    """Return the probability that has these log-odds."""
    return 1 / (1 + exp(-logit))


def summary(
    logits: Sequence[float],
    leads_up: Sequence[float],
    plain_refusals: Sequence[int],
    sentences: int,
) -> dict[str, float]:
    """Return what is seen in all views of an answer together.

    `logits` are those of the sentences that it was looked at from, the first ones before all;
    `leads_up` are the probabilities that these only lead up to the answer. `begins` is the logit
    that is expected where the answer may begin at any of them.
    """
    bounded = [max(-LARGEST, min(LARGEST, logit)) for logit in logits]
    start = 0
    while start < len(leads_up) - 1 and leads_up[start] > 1 / 2:
        start += 1
    rest = bounded[start:] or bounded[-1:]
    near = any(start <= place < start + NEAR for place in plain_refusals)
    return {
        "begins": _expected(bounded, leads_up),
        "mean": sum(bounded) / len(bounded),
        "highest": max(rest),
        "mean of the rest": sum(rest) / len(rest),
        "last": bounded[-1],
        "declines plainly": PLAIN * bool(plain_refusals),
        "opens by declining": PLAIN * near,
        "length": min(sentences - start, LONGEST) / 5,
    }


def _expected(logits: Sequence[float], leads_up: Sequence[float]) -> float:
    left, total = 1.0, 0.0
    count = len(leads_up)
    for place in range(count):
        passing = leads_up[place] if place < count - 1 else 0.0
        total += left * (1 - passing) * logits[place]
        left *= passing
    return total


@cache
def shipped_model() -> RefusalModel:
    """Return the model that comes with the program."""
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return RefusalModel(**{name: Regression(**one) for name, one in stored.items()})


def write_model(model: RefusalModel, path: Path) -> None:
    """Write a model, one feature a line, so that a change of weights can be reviewed."""
    path.write_text(
        json.dumps(asdict(model), indent=0, ensure_ascii=False, sort_keys=True) + "\n",
        encoding="utf-8",
    )
