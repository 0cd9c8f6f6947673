"""Do the rates of the best of k arms, and the exchange rate, hold what their intervals promise?

Run it with `python -P benchmarks/chosen.py`.
"""

import numpy as np

from reports.numbers.exchange import exchange_rate
from reports.numbers.paired import mean_estimate
from reports.numbers.winner import chosen_rate

RUNS = 600
PROBES = 311
HARMLESS = 713
RATE = 0.2
CONFIDENCE = 0.95


def main() -> None:
    """Print coverage of the chosen arm's rate, and of the exchange rate."""
    rng = np.random.default_rng(0)
    print(f"the arm of the lowest rate, {PROBES} probes, true rate {RATE}, {RUNS} runs")
    print("arms  answers alike  plain interval  of the best of k")
    for alike in (0.0, 0.8):
        for arms in (2, 5, 10, 20):
            plain, corrected = np.mean([_best(rng, arms, alike) for _ in range(RUNS)], axis=0)
            print(f"{arms:4d}  {alike:13.1f}  {plain:14.3f}  {corrected:16.3f}")
    print(f"exchange rate, {PROBES} harmful and {HARMLESS} harmless probes, {RUNS} runs")
    print("prevented  paid  coverage  had ends")
    for prevented in (0.05, 0.2, 0.6):
        for paid in (0.0005, 0.001, 0.002, 0.004, 0.01, 0.05, 0.2):
            found = [_exchange(rng, paid, prevented) for _ in range(RUNS)]
            held, ends = np.mean([one for one in found if one is not None], axis=0)
            print(f"{prevented:9.2f}  {paid:.4f}  {held:8.3f}  {ends:8.3f}")


def _best(rng: np.random.Generator, count: int, alike: float) -> tuple[bool, bool]:
    """Draw arms of one true rate; a probe is answered as in the first arm with a chance."""
    shared = rng.random(PROBES)
    own = rng.random((count, PROBES))
    same = rng.random((count, PROBES)) < alike
    arms = (np.where(same, shared, own) < RATE).astype(float)
    best = arms[arms.mean(axis=1).argmin()]
    plain = mean_estimate(best, CONFIDENCE)
    corrected = chosen_rate(best, list(arms), CONFIDENCE)
    return plain.low <= RATE <= plain.high, corrected.low <= RATE <= corrected.high


def _exchange(rng: np.random.Generator, paid: float, prevented: float) -> tuple[bool, bool] | None:
    nothing = np.full(PROBES + HARMLESS, np.nan)
    cost, gain = nothing.copy(), nothing.copy()
    gain[:PROBES] = rng.random(PROBES) < prevented
    cost[PROBES:] = rng.random(HARMLESS) < paid
    found = exchange_rate(cost, gain, np.arange(PROBES + HARMLESS), CONFIDENCE)
    if found is None:
        return None
    if found.low is None or found.high is None:
        return True, False
    return found.low <= paid / prevented <= found.high, True


if __name__ == "__main__":
    main()
