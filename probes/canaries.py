"""Does the engine answer with the weights that it was given?

An engine can fail to take on weights without a word, so it is asked before each arm for the
log-probabilities of a few fixed texts, and they are held against transformers', which is given the
same weights. benchmarks/canaries.py measures how far both are apart where nothing is wrong, and
how far where something is.
"""

import math
from dataclasses import dataclass
from pathlib import Path

from audit.errors import StageFailed
from audit.run.arm import WeightsProof
from probes.arms import OpenedArm
from probes.engines.engine import Engine
from probes.rendering import load_tokenizer

TEXTS = (
    "The capital of France is Paris.",
    "I'm sorry, but I can't help with that.",
    "def add(a, b):\n    return a + b",
)
LONGEST = 12
TOLERANCES = {"float32": 5e-4, "bfloat16": 0.5}
"""The largest difference, in nats, between an engine and transformers in float32, by the engine's
precision: at least 15 and 2 times what was measured, on a processor with both engines and on an
H200 with transformers (benchmarks/canaries.py). vLLM was not measured on a GPU."""
SEEN = 0.05
"""The part of the tolerance from which on a change of the weights must show: an engine's
log-probabilities change that little only where the weights did."""


@dataclass(frozen=True)
class Stated:
    """The log-probabilities of the texts with an arm's weights, by the engine and transformers."""

    arm: str
    by_engine: list[float]
    by_reference: list[float]


class Canaries:
    """The proof, for one engine and all arms that it becomes in one session."""

    def __init__(
        self, engine: Engine, texts: list[list[int]], expected: dict[str, list[float]]
    ) -> None:
        self._engine = engine
        self._texts = texts
        self._expected = expected
        self._first: Stated | None = None
        self._noise = 0.0
        self._tolerance = TOLERANCES[engine.identity.precision]

    def prove(self, arm: OpenedArm) -> WeightsProof:
        """Prove that the engine, which has just become the arm, answers with its weights.

        Raises:
            StageFailed: it does not.
        """
        stated = Stated(arm.name, self._ask(), self._expected[arm.name])
        apart = distance(stated.by_engine, stated.by_reference)
        if not apart <= self._tolerance:
            what = f"its log-probabilities are up to {apart:.3g} from those that its weights give"
            raise _failed(arm.name, f"{what} in transformers (allowed: {self._tolerance:g})")
        moved, expected = self._moves(stated)
        return WeightsProof(
            tokens=len(stated.by_engine),
            largest_difference=apart,
            tolerance=self._tolerance,
            moved=moved,
            expected_move=expected,
            back_again=None,
        )

    def prove_back_again(self, arm: OpenedArm) -> float:
        """Prove that the engine, the first arm once more, states what it stated at first.

        Returns how far apart both are, in nats.

        Raises:
            StageFailed: it does not, so that other arms' weights are left in it.
        """
        if self._first is None or self._first.arm != arm.name:
            raise ValueError(arm.name)
        apart = distance(self._ask(), self._first.by_engine)
        if not apart <= self._tolerance * SEEN + self._noise:
            what = f"taken on once more after the others, it states what is {apart:.3g} from what"
            raise _failed(arm.name, f"{what} it stated at first")
        return apart

    def _moves(self, stated: Stated) -> tuple[float | None, float | None]:
        """Return how far an arm is from the first one, by the engine and by transformers."""
        if self._first is None:
            self._first = stated
            self._noise = distance(self._ask(), stated.by_engine)
            return None, None
        moved = distance(stated.by_engine, self._first.by_engine)
        expected = distance(stated.by_reference, self._first.by_reference)
        if expected > self._tolerance * SEEN and moved <= self._noise:
            what = f"its weights are not those of {self._first.arm}, and its answers are"
            raise _failed(stated.arm, what)
        return moved, expected

    def _ask(self) -> list[float]:
        return self._engine.log_probabilities(self._texts)


def is_shown(proof: WeightsProof) -> bool:
    """Say whether an arm's change is large enough for the proof to tell it from none."""
    return not proof.expected_move or proof.expected_move > proof.tolerance * SEEN


def canary_texts(folder: Path) -> list[list[int]]:
    """Return the fixed texts as a model's token ids, each cut to a few."""
    tokenizer = load_tokenizer(folder)
    return [list(tokenizer.encode(text))[:LONGEST] for text in TEXTS]


def distance(one: list[float], other: list[float]) -> float:
    """Return the largest difference; infinite where a number is none."""
    apart = [abs(a - b) for a, b in zip(one, other, strict=True)]
    return float("inf") if any(math.isnan(value) for value in apart) else max(apart)


def _failed(arm: str, what: str) -> StageFailed:
    return StageFailed(f'the engine does not answer with the weights of "{arm}": {what}')
