"""How good is the best of many arms, where being best was partly luck?

The arm that looks best of k was lucky more often than not: its plain interval covers its rate less
often than it says, the less the more arms there are.
"""

import numpy as np
from scipy.stats import norm

from reports.numbers.estimates import Estimate, Values
from reports.numbers.paired import mean_estimate

RESAMPLES = 2_000
BLOCK_NUMBERS = 4_000_000
"""So many numbers are drawn at once, 32 MB, whatever the number of probes."""


def chosen_rate(chosen: Values, arms: list[Values], confidence: float) -> Estimate:
    """Estimate the rate of an arm that was chosen among arms for its own rate or another.

    The interval is wide enough for all arms at once, and so holds for whichever was chosen (the
    projection interval of Andrews, Kitagawa and McCloskey 2024, Quarterly Journal of Economics
    139:305, section III). How wide, is the quantile of the largest deviation among the arms when
    probes are resampled: arms that answer alike cost little, and k independent ones what k cost.

    Args:
        chosen: the chosen arm's values, one for each probe.
        arms: the values of all arms it was chosen from, on the same probes.
        confidence: the level, 0.95 for a 95% interval.
    """
    matrix = np.array(arms)
    n = matrix.shape[1]
    centred = matrix - matrix.mean(axis=1, keepdims=True)
    spread = centred.std(axis=1)
    moving = centred[spread > 0] / spread[spread > 0, None]
    if not len(moving):
        return mean_estimate(chosen, confidence)
    rng = np.random.default_rng(0)
    rows = max(1, BLOCK_NUMBERS // n)
    blocks = (
        rng.standard_normal((min(rows, RESAMPLES - start), n)) / np.sqrt(n)
        for start in range(0, RESAMPLES, rows)
    )
    largest = np.concatenate([np.abs(signs @ moving.T).max(axis=1) for signs in blocks])
    quantile = max(float(np.quantile(largest, confidence)), float(norm.ppf((1 + confidence) / 2)))
    return mean_estimate(chosen, float(2 * norm.cdf(quantile) - 1))
