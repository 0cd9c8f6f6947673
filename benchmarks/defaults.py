"""How often does an unchanged model pass the default gate on all axes with the shipped sets?

Run it with `python -P benchmarks/defaults.py`. Unsteady probes answer like a coin in both arms, so
that twice the flip rate of them are unsteady; the three axes are drawn independently. What else
could be done than ask more samples is printed for one rate: more probes, or less confidence.
"""

import numpy as np

from audit.axis import AXES
from audit.settings.gate import Gate
from probes.sets.library import builtin_probes
from reports.axes import probes_of
from reports.numbers.paired import paired_difference
from reports.numbers.resolution import passing_share

RUNS = 300
FLIP_RATES = (0.01, 0.02, 0.05, 0.1)
SAMPLES = (1, 2, 4, 8)
ASKED_FOR = 0.02
"""The flip rate at which an unchanged model should pass in 80% of runs."""
TIMES_THE_PROBES = (1, 2, 3, 4)
CONFIDENCES = (0.95, 0.9)


def main() -> None:
    """Print the share of runs that pass, simulated and as `audit plan` foretells it."""
    rng = np.random.default_rng(0)
    gate = Gate()
    axes = [(len(probes_of(axis, builtin_probes())), gate.margin(axis)) for axis in AXES]
    print(f"probes and margins: {axes}; {RUNS} runs")
    print("samples  flips  each axis  all three  foretold")
    for samples in SAMPLES:
        for rate in FLIP_RATES:
            each, every = _passing(rng, axes, rate, samples, gate.confidence)
            shares = [passing_share(n, m, rate, gate.confidence, samples) for n, m in axes]
            print(f"{samples:7d}  {rate:5.2f}  {each}  {every:9.2f}  {np.prod(shares):8.2f}")
    print("\ntimes the probes  confidence  each axis  all three   (one sample)")
    for times in TIMES_THE_PROBES:
        for confidence in CONFIDENCES:
            more = [(times * n, margin) for n, margin in axes]
            each, every = _passing(rng, more, ASKED_FOR, 1, confidence)
            print(f"{times:16d}  {confidence:10.2f}  {each}  {every:9.2f}")


def _passing(
    rng: np.random.Generator,
    axes: list[tuple[int, float]],
    rate: float,
    samples: int,
    confidence: float,
) -> tuple[str, float]:
    """Return in which share of runs each axis passes, as text, and in which all do."""
    runs = [
        [_passes(rng, n, margin, rate, samples, confidence) for n, margin in axes]
        for _ in range(RUNS)
    ]
    each = "  ".join(f"{share:.2f}" for share in np.mean(runs, axis=0))
    return each, float(np.mean(np.all(runs, axis=1)))


def _passes(
    rng: np.random.Generator, n: int, margin: float, rate: float, samples: int, confidence: float
) -> bool:
    chances = np.where(rng.random(n) < 2 * rate, 1 / 2, 0.0)
    before, after = (rng.binomial(samples, chances) / samples for _ in range(2))
    return paired_difference(before, after, confidence).high < margin


if __name__ == "__main__":
    main()
