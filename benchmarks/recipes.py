"""Do a recipe's intervals hold what they say, however trainings and probes vary?

Every probe is answered badly with a chance of its own, every training moves all chances by a draw
of its own (on the scale of log-odds), and a share of the probes keeps what it had before. The
recipe's mean is over all trainings and probes; the next training is asked the same probes. Beside
it stands how often the interval of one training alone, as one checkpoint is judged by, holds the
recipe's mean.

    python benchmarks/recipes.py
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from reports.numbers.crossed import crossed_estimate
from reports.numbers.estimates import Values
from reports.numbers.paired import paired_difference

REPETITIONS = 500
DRAWS_OF_THE_TRUTH = 400_000
PROBES = (60, 300)
SEEDS = (2, 3, 5, 10)
ATOM = 1e-9
"""Means of whole flips may differ by less than this where they are the same."""


@dataclass(frozen=True)
class World:
    """How often probes are answered badly before, how far the recipe moves that, what stays."""

    name: str
    before: float
    shift: float
    kept: float


WORLDS = (
    World("nothing moves on average", 0.1, 0.0, 0.5),
    World("a clear worsening", 0.1, 1.0, 0.5),
    World("few probes change", 0.05, 0.5, 0.8),
    World("hardly any changes", 0.02, 0.0, 0.9),
    World("a clear betterment", 0.5, -1.0, 0.3),
)
DEVIATIONS = (0.0, 0.3, 0.8)
"""Of the trainings' own moves, in log-odds."""


def main() -> None:
    """Print the table of docs/method.md: the lowest and highest coverage of all worlds."""
    columns = [
        "one training",
        *(f"{what}, {seeds}" for what in ("mean", "next") for seeds in SEEDS),
    ]
    print(f"| trainings deviate by | {' | '.join(columns)} |")
    print("|---" * (1 + len(columns)) + "|")
    for deviation in DEVIATIONS:
        shares = np.array([shares for world in WORLDS for shares in _row(world, deviation)])
        cells = [f"{column.min():.1%} to {column.max():.1%}" for column in shares.T]
        print(f"| {deviation} | {' | '.join(cells)} |")


def _row(world: World, deviation: float) -> Iterator[list[float]]:
    """Yield the coverage of each interval, with few probes and with many."""
    generator = np.random.default_rng(0)
    truth = _truth(world, deviation, generator)
    for probes in PROBES:
        yield _shares(world, deviation, probes, truth, generator)


def _shares(
    world: World, deviation: float, probes: int, truth: float, generator: np.random.Generator
) -> list[float]:
    held = np.zeros((1 + 2 * len(SEEDS), REPETITIONS))
    for repetition in range(REPETITIONS):
        before, after = _draw(world, deviation, (max(SEEDS) + 1, probes), generator)
        alone = paired_difference(before, after[0], 0.95)
        found = [crossed_estimate(after[:seeds] - before, 0.95) for seeds in SEEDS]
        ahead = float((after[-1] - before).mean())
        held[:, repetition] = [
            alone.low <= truth <= alone.high,
            *(one.low <= truth <= one.high for one in found),
            *(one.next_low - ATOM <= ahead <= one.next_high + ATOM for one in found),
        ]
    return [float(share) for share in held.mean(axis=1)]


def _draw(
    world: World, deviation: float, shape: tuple[int, int], generator: np.random.Generator
) -> tuple[Values, Values]:
    """Return what was bad before, and a row of what is bad after each training."""
    trainings, probes = shape
    own = generator.normal(0, 1, probes)
    moves = generator.normal(0, deviation, (trainings, 1))
    before = (generator.random(probes) < world.before).astype(float)
    chances = _chance(own + _log_odds(world.before) + world.shift + moves)
    after = (generator.random(shape) < chances).astype(float)
    return before, np.where(generator.random(probes) < world.kept, before, after)


def _truth(world: World, deviation: float, generator: np.random.Generator) -> float:
    own = generator.normal(0, 1, DRAWS_OF_THE_TRUTH)
    moves = generator.normal(0, deviation, DRAWS_OF_THE_TRUTH)
    after = _chance(own + _log_odds(world.before) + world.shift + moves).mean()
    return float((1 - world.kept) * (after - world.before))


def _chance(log_odds: Values) -> Values:
    return np.asarray(1 / (1 + np.exp(-log_odds)))


def _log_odds(chance: float) -> float:
    return float(np.log(chance / (1 - chance)))


if __name__ == "__main__":
    main()
