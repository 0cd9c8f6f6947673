"""How often is it said that a model moved, where it did not, and how often does the interval hold?

Run it with `python -P benchmarks/movement.py`. The log-odds of a refusal opening change by noise
alone: bell-shaped, skewed, or with a few large changes. Three kinds of probes are tried at once, as
in a run; `moved` counts runs in which any of them is called moved, `covers` intervals that hold 0.
"""

from collections.abc import Callable
from itertools import product

import numpy as np

from audit.records import Kind
from reports.comparison.movement import KINDS, movement_sentences
from reports.numbers.estimates import Difference, Values
from reports.numbers.paired import mean_change

RUNS = 2_000
PROBES = (10, 12, 16, 30, 100, 300)
CONFIDENCE = 0.95
FEW = 0.1

Draw = Callable[[np.random.Generator, int], Values]

NOISES: dict[str, Draw] = {
    "bell-shaped": lambda rng, n: rng.normal(size=n),
    "heavy tails": lambda rng, n: rng.standard_t(3, size=n),
    "few large": lambda rng, n: rng.normal(size=n) * np.where(rng.random(n) < FEW, 5.0, 0.2),
    "skewed": lambda rng, n: rng.exponential(size=n) - 1.0,
}


def main() -> None:
    """Print a line for each noise and number of probes."""
    rng = np.random.default_rng(0)
    print(f"{'noise':12} probes   moved  covers  ({RUNS} runs of {len(KINDS)} kinds)")
    for (name, draw), n in product(NOISES.items(), PROBES):
        found = [_run(rng, draw, n) for _ in range(RUNS)]
        moved = np.mean([bool(movement_sentences(run, (), CONFIDENCE)) for run in found])
        covers = np.mean([one.low <= 0 <= one.high for run in found for one in run.values()])
        print(f"{name:12} {n:6d}  {moved:6.1%}  {covers:6.1%}")


def _run(rng: np.random.Generator, draw: Draw, n: int) -> dict[Kind, Difference]:
    return {kind: mean_change(draw(rng, n), CONFIDENCE) for kind in KINDS}


if __name__ == "__main__":
    main()
