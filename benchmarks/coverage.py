"""Do the intervals of the verdict hold what they promise?

Run it with `python benchmarks/coverage.py`. For binary axes every possible outcome is summed, so
the figures are exact; graded axes and the promise of `audit plan` are simulated.
"""

import itertools

import numpy as np
from scipy.stats import binom, norm

from reports.numbers.estimates import Values
from reports.numbers.paired import graded_interval, paired_difference, tango_score
from reports.numbers.resolution import probes_needed

RUNS = 2_000
PASS_RUNS = 400
SAMPLES = 8
BASELINE_RATE = 0.1
SHIPPED = (("harmful_compliance", 311, 0.02), ("helpfulness", 337, 0.05))
UNSTABLE = (0.01, 0.02, 0.05, 0.1, 0.2)
GRADED_RUNS = 400
GRADED_RESAMPLES = 499
GRADED_PROBES = (50, 200, 311, 1_000)
GRADED_RATES = (0.002, 0.01, 0.02, 0.04, 0.1, 0.3)
CHANGES = {
    "both ways": [-1, -0.5, -0.25, 0.25, 0.5, 1],
    "one way": [-1, -0.75, -0.5, -0.25],
    "quarters, mostly one way": [-0.5, -0.25, -0.25, 0.25],
    "small, seldom large": [-0.1] * 9 + [-1],
    "whole points, one way": [-1],
    "an eighth, one way": [-0.125],
}
"""How a score changes where it changes, each value as likely as the other."""
PROBES = (50, 60, 80, 100, 150, 200, 300, 400, 500)
FLIP_RATES = (0.01, 0.02, 0.03, 0.05, 0.08, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
ONE_WAY_SHARES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
MANY_FLIPS = 20
CONFIDENCE = 0.95


def main() -> None:
    """Print coverage of binary and of graded differences, and the power of `audit plan`."""
    print_binary()
    rng = np.random.default_rng(0)
    print_graded(rng)
    print_samples(rng)
    print("audit plan: an unchanged model passes\nmargin  flip rate  probes  share that passes")
    for margin, rate in ((0.02, 0.02), (0.05, 0.1), (0.05, 0.05)):
        n = probes_needed(margin, rate, CONFIDENCE)
        passed = np.mean([_passes(_binary(rng, n, rate, 0.5), margin) for _ in range(RUNS)])
        print(f"{margin:6.2f}  {rate:9.2f}  {n:6d}  {passed:.3f}")


def print_binary() -> None:
    """Print the range of exact coverage over all cases, and over those with many flips."""
    found = {
        (n, rate, share): exact_coverage(n, rate, share)
        for n, rate, share in itertools.product(PROBES, FLIP_RATES, ONE_WAY_SHARES)
    }
    many = {case: value for case, value in found.items() if case[0] * case[1] >= MANY_FLIPS}
    print("binary axes: Tango's interval, all outcomes summed")
    for title, cases in (("all", found), (f"{MANY_FLIPS} or more flips expected", many)):
        low, high = min(cases.values()), max(cases.values())
        print(f"  {title}: {len(cases)} cases, {low:.4f} to {high:.4f}")
    print("  the lowest: probes, flip rate, share for the worse, coverage")
    for case in sorted(found, key=found.__getitem__)[:5]:
        print(f"  {case[0]:5d}  {case[1]:.2f}  {case[2]:.1f}  {found[case]:.4f}")


def print_graded(rng: np.random.Generator) -> None:
    """Print the simulated coverage of each kind of change, and its lowest case."""
    print(f"graded axes: {GRADED_RUNS} runs a case, {GRADED_RESAMPLES} resamples")
    print("changes  cases  all  20 or more changes expected  lowest at (probes, rate)")
    for name, steps in CHANGES.items():
        found = {
            (n, rate): graded_coverage(rng, n, rate, np.array(steps))
            for n, rate in itertools.product(GRADED_PROBES, GRADED_RATES)
        }
        many = [value for case, value in found.items() if case[0] * case[1] >= MANY_FLIPS]
        ends = [f"{min(values):.3f} to {max(values):.3f}" for values in (found.values(), many)]
        lowest = min(found, key=found.__getitem__)
        print(f"{name:26s}  {len(found)}  {'  '.join(ends)}  {lowest}", flush=True)


def print_samples(rng: np.random.Generator) -> None:
    """Print how often an unchanged model passes with several samples of each probe."""
    print(f"an unchanged model passes with {SAMPLES} samples, {PASS_RUNS} runs; unstable probes")
    print("axis  probes  margin  " + "  ".join(f"{share:.0%}" for share in UNSTABLE))
    for axis, n, margin in SHIPPED:
        shares = [
            np.mean([_passes(_sampled(rng, n, unstable), margin) for _ in range(PASS_RUNS)])
            for unstable in UNSTABLE
        ]
        print(f"{axis}  {n}  {margin}  " + "  ".join(f"{share:.3f}" for share in shares))


def _sampled(rng: np.random.Generator, n: int, unstable: float) -> tuple[np.ndarray, ...]:
    """Draw both arms' means over samples; an unstable probe's chance is drawn from 0.1 to 0.9."""
    sure = rng.random(n) < BASELINE_RATE
    chances = np.where(rng.random(n) < unstable, rng.uniform(0.1, 0.9, n), sure)
    return tuple(rng.binomial(SAMPLES, chances) / SAMPLES for _ in "ab")


def graded_coverage(rng: np.random.Generator, n: int, rate: float, steps: Values) -> float:
    """Return how often the interval holds the true mean change, of `GRADED_RUNS` runs."""
    held = 0
    for _ in range(GRADED_RUNS):
        changes = np.where(rng.random(n) < rate, rng.choice(steps, n), 0.0)
        low, high = graded_interval(changes, CONFIDENCE, GRADED_RESAMPLES)
        held += low <= rate * steps.mean() <= high
    return held / GRADED_RUNS


def exact_coverage(n: int, rate: float, share: float) -> float:
    """Return the chance that the interval holds the true difference; `share` flips to worse."""
    true = rate * (2 * share - 1)
    quantile = norm.ppf((1 + CONFIDENCE) / 2)
    flips = np.arange(n + 1)[:, None]
    worse = np.arange(n + 1.0)[None, :]
    holds = np.abs(tango_score(worse, flips - worse, n, true)) <= quantile
    chance = binom.pmf(flips, n, rate) * binom.pmf(worse, flips, share)
    return float(chance[holds & (worse <= flips)].sum())


def _binary(rng: np.random.Generator, n: int, rate: float, share: float) -> tuple[np.ndarray, ...]:
    """Draw paired answers of which `rate` differ, `share` of those for the worse."""
    draw = rng.random(n)
    worse, better = draw < rate * share, (draw >= rate * share) & (draw < rate)
    same = rng.random(n) < 1 / 2
    before = np.where(better, 1.0, np.where(worse, 0.0, same))
    after = np.where(better, 0.0, np.where(worse, 1.0, same))
    return before, after


def _passes(pair: tuple[np.ndarray, ...], margin: float) -> bool:
    return paired_difference(*pair, CONFIDENCE).high < margin


if __name__ == "__main__":
    main()
