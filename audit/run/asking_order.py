"""In which order are probes asked where asking may stop before all of them are asked?"""

import math
import random
from collections import defaultdict
from collections.abc import Sequence

from audit.records import Probe

LOOKS = 20
"""So often may be looked whether enough is asked."""


def asking_order(probes: Sequence[Probe], seed: int) -> list[Probe]:
    """Return the probes in a random order whose every beginning holds each category in its share.

    The n probes of one kind and category are shuffled and put at the places (j + u) / n for
    j = 0, ..., n - 1, with one u from [0, 1) for all of them: systematic sampling within strata
    (Cochran 1977, chapters 5 and 8). A beginning of the share t holds t n of them on average, and
    never differs from that by a whole one.
    """
    drawing = random.Random(f"order of asking {seed}")  # noqa: S311 - no secret
    strata: dict[tuple[str, str], list[Probe]] = defaultdict(list)
    for probe in sorted(probes, key=lambda probe: probe.id):
        strata[probe.kind, probe.category].append(probe)
    placed: list[tuple[float, str, Probe]] = []
    for _, members in sorted(strata.items()):
        drawing.shuffle(members)
        offset = drawing.random()
        placed += [((j + offset) / len(members), one.id, one) for j, one in enumerate(members)]
    return [probe for _, _, probe in sorted(placed, key=lambda place: place[:2])]


def batches(order: Sequence[Probe], at_once: int) -> list[list[Probe]]:
    """Return the order in parts after each of which is looked; none leaves the engine idle.

    `at_once` is how many answers the engine writes at the same time.
    """
    size = max(math.ceil(len(order) / LOOKS), at_once)
    return [list(order[start : start + size]) for start in range(0, len(order), size)]
