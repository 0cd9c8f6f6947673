"""How often does a category of an unchanged model look collapsed, and is a collapsed one seen?

Run it with `python -P benchmarks/categories.py`. The categories are those of the shipped sets. A
probe flips with the same chance either way; a collapsed category has probes of which half worsen.
"""

from collections import Counter

import numpy as np
from scipy.stats import binom
from statsmodels.stats.multitest import multipletests

from audit.axis import AXES
from audit.settings.gate import Gate
from probes.sets.library import builtin_probes
from reports.axes import probes_of
from reports.numbers.collapse import find_collapses

RUNS = 1_500
POWER_RUNS = 500
FLIP_RATES = (0.02, 0.05, 0.1, 0.2)
COLLAPSED_SIZE = 22
CONFIDENCE = 0.95


def main() -> None:
    """Print false triggers, false regressions, and the share of collapsed categories seen."""
    sizes, margins = shipped()
    rng = np.random.default_rng(0)
    print(f"{len(sizes)} categories of {min(sizes)} to {max(sizes)} probes, {RUNS} runs")
    print("flip rate  false trigger  falsely regressed  limit too high")
    for rate in FLIP_RATES:
        runs = [_run(rng, sizes, margins, rate, None) for _ in range(RUNS)]
        print(f"{rate:9.2f}  " + "  ".join(f"{share:.3f}" for share in np.mean(runs, axis=0)))
    where = sizes.index(COLLAPSED_SIZE)
    print(f"one category of {COLLAPSED_SIZE} of which half worsen, {POWER_RUNS} runs")
    print("flip rate  seen  seen with Holm  regressed")
    for rate in FLIP_RATES:
        runs = [_run(rng, sizes, margins, rate, where) for _ in range(POWER_RUNS)]
        print(f"{rate:9.2f}  " + "  ".join(f"{share:.3f}" for share in np.mean(runs, axis=0)))


def shipped() -> tuple[list[int], list[float]]:
    """Return the probes of every category of every axis of the shipped sets, and its margin."""
    sizes, margins = [], []
    for axis in AXES:
        counts = Counter(probe.category for probe in probes_of(axis, builtin_probes()))
        sizes += counts.values()
        margins += [Gate().margin(axis)] * len(counts)
    return sizes, margins


def _run(
    rng: np.random.Generator,
    sizes: list[int],
    margins: list[float],
    rate: float,
    collapsed: int | None,
) -> tuple[float, ...]:
    worsening = {}
    for place, n in enumerate(sizes):
        worse, better = (1 / 2, 0.0) if place == collapsed else (rate / 2, rate / 2)
        draw = rng.random(n)
        worsening[place] = (draw < worse).astype(float) - (draw > 1 - better)
    found = find_collapses(worsening, CONFIDENCE)
    seen = [
        found[place].p_adjusted < 1 - CONFIDENCE and found[place].worsening > margins[place]
        for place in found
    ]
    above = [
        one and found[place].low > margins[place] for place, one in zip(found, seen, strict=True)
    ]
    if collapsed is None:
        return float(any(seen)), float(any(above)), float(any(x.low > 0 for x in found.values()))
    holm = multipletests([_two_sided(values) for values in worsening.values()], method="holm")[1]
    return float(seen[collapsed]), float(holm[collapsed] < 1 - CONFIDENCE), float(above[collapsed])


def _two_sided(changes: np.ndarray) -> float:
    worse, better = int((changes > 0).sum()), int((changes < 0).sum())
    return min(1.0, 2 * float(binom.cdf(min(worse, better), worse + better, 1 / 2)))


if __name__ == "__main__":
    main()
