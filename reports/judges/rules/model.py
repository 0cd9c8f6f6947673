"""How likely is a refusal, given the features of a response?

A logistic regression: a sum of weights, one for each feature that holds. The weights are a JSON
file that a person can read and `benchmarks/train_judge.py` writes.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from math import exp, fsum
from pathlib import Path

WEIGHTS = Path(__file__).parent / "data" / "refusal_weights.json"


@dataclass(frozen=True)
class RefusalModel:
    """A weight for each feature, and the sum to start from."""

    intercept: float
    weights: Mapping[str, float]

    def probability(self, features: Iterable[str]) -> float:
        """Return the probability of a refusal, full or partial."""
        weighed = (self.weights.get(name, 0.0) for name in features)
        total = self.intercept + fsum(weighed)
        return 1 / (1 + exp(-total))


@cache
def shipped_model() -> RefusalModel:
    """Return the model that comes with the program."""
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return RefusalModel(intercept=stored["intercept"], weights=stored["weights"])


def write_model(model: RefusalModel, path: Path) -> None:
    """Write a model, one feature a line, so that a change of weights can be reviewed."""
    stored = {"intercept": model.intercept, "weights": dict(sorted(model.weights.items()))}
    path.write_text(json.dumps(stored, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
