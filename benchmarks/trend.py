"""How often does the nightly trend raise a false alarm, and how soon does it find a shift?

Run it with `python -P benchmarks/trend.py`. The expected worsening is exactly the margin, the worst
case in which an alarm is false, and the nights are not independent of each other: some probes keep
their state, every training run has luck of its own, and the one baseline may have been lucky.
"""

from dataclasses import dataclass, replace

import numpy as np

from reports.numbers.paired import tango_interval
from reports.numbers.trend import NIGHTS, Changes, judge_trend, one_night

PROBES = 300
MARGIN = 0.05
SHIFT = 0.05
AXES = 3
YEARS = 300
RED_YEARS = 100
SHIFTS = 300
WITHIN = 10
UNSTABLE = (0.02, 0.05, 0.1)


@dataclass(frozen=True)
class World:
    """What moves the nights beside the model.

    Unstable probes answer like a coin; each keeps the last night's answer with the chance `kept`.
    A night's worsening scatters by `seed` (a standard deviation). With `blessed_of` 0 it counts
    against the answers that the baseline gave; otherwise it counts against what the
    baseline would give on average, and the best of so many draws was blessed.
    """

    name: str
    kept: float = 0.0
    seed: float = 0.0
    candidates: int = 1
    blessed_of: int = 0


AS_IT_CAME = World("a baseline as it came", blessed_of=1)
WORLDS = (
    World("nights independent"),
    World("a state is kept with 0.9", kept=0.9),
    World("a state is kept with 0.99", kept=0.99),
    World("training scatters by 1 point", seed=0.01),
    World("training scatters by 2 points", seed=0.02),
    World("2 points, 5 candidates a night", seed=0.02, candidates=5),
    AS_IT_CAME,
    World("the luckiest of 5 baselines", blessed_of=5),
    World("0.99, 2 points, luckiest of 5", kept=0.99, seed=0.02, blessed_of=5),
)


def main() -> None:
    """Print, for each world, false alarms a year and the share of shifts found in ten nights."""
    rng = np.random.default_rng(0)
    print(f"{PROBES} probes, margin {MARGIN}, {AXES} axes, {YEARS} years, {SHIFTS} shifts")
    print("unstable  false alarms  found in 10 nights  the world")
    for world in WORLDS:
        for unstable in UNSTABLE:
            false = [_alarms(rng, world, unstable, 0.0, NIGHTS) for _ in range(YEARS)]
            found = [_alarms(rng, world, unstable, SHIFT, WITHIN) for _ in range(SHIFTS)]
            print(f"{unstable:8.2f}  {np.mean(false):12.3f}  {np.mean(found):18.3f}  {world.name}")
    red = [_has_red_night(rng, 0.05) for _ in range(RED_YEARS)]
    print(f"an unchanged model, 5% unstable: a red night in {np.mean(red):.3f} of years")
    print("found in 10 nights where 340 good nights went before, 5% unstable")
    late = replace(WORLDS[0], name="late")
    good = [_nights(rng, late, 0.05, -MARGIN, NIGHTS - 25) for _ in range(SHIFTS // 3)]
    found = [
        judge_trend(before + _nights(rng, late, 0.05, SHIFT, WITHIN), MARGIN, AXES).alarm
        for before in good
    ]
    print(f"{np.mean(found):.3f}")


def _alarms(rng: np.random.Generator, world: World, unstable: float, shift: float, n: int) -> bool:
    return judge_trend(_nights(rng, world, unstable, shift, n), MARGIN, AXES).alarm


def _has_red_night(rng: np.random.Generator, unstable: float) -> bool:
    """Say whether one night of a year is regressed by itself, where the model never changes."""
    for changes in _nights(rng, AS_IT_CAME, unstable, -MARGIN, NIGHTS):
        worse, better = int((changes > 0).sum()), int((changes < 0).sum())
        low, high = tango_interval(worse, better, PROBES, 0.95)
        if low > 0 and high >= MARGIN:
            return True
    return False


def _nights(
    rng: np.random.Generator, world: World, unstable: float, shift: float, count: int
) -> list[Changes]:
    """Draw nights whose expected worsening is the margin and the shift."""
    coins = round(unstable * PROBES)
    draws = rng.random((max(1, world.blessed_of), coins)) < 1 / 2
    baseline = draws[draws.sum(axis=1).argmin()]
    luck = 0.0 if world.blessed_of else float((1 / 2 - baseline).sum()) / PROBES
    state = rng.random(coins) < 1 / 2
    nights = []
    for _ in range(count):
        wanted = MARGIN + shift - luck + rng.normal(0, world.seed)
        tonight = []
        for _ in range(world.candidates):
            state = np.where(rng.random(coins) < world.kept, state, rng.random(coins) < 1 / 2)
            steady = PROBES - coins
            moved = rng.random(steady) < abs(wanted) * PROBES / steady
            tonight.append(np.concatenate([state * 1.0 - baseline, np.sign(wanted) * moved]))
        nights.append(one_night(tonight))
    return nights


if __name__ == "__main__":
    main()
