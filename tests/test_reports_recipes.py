"""Are a recipe's numbers the published ones, and do its intervals cover what they say?"""

import numpy as np
import pandas as pd
import pytest
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from reports.numbers.crossed import crossed_estimate, mean_squares

JUDGES = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]],
    dtype=float,
)
"""Four judges' ratings of six targets (Shrout and Fleiss 1979, Psychol. Bull. 86:420, table 2)."""


def test_mean_squares_are_those_of_a_published_table() -> None:
    """Table 3 there: targets 11.24, judges 32.49, residual 1.02, on 5, 3 and 15 degrees."""
    found = mean_squares(JUDGES.T)
    assert (found.seeds_df, found.probes_df, found.residual_df) == (3, 5, 15)
    assert found.probes == pytest.approx(11.24, abs=0.005)
    assert found.seeds == pytest.approx(32.49, abs=0.005)
    assert found.residual == pytest.approx(1.02, abs=0.005)


def test_mean_squares_are_those_of_statsmodels() -> None:
    """Of a table of changes of three trainings on twenty probes."""
    changes = np.random.default_rng(3).choice([-1.0, 0.0, 1.0], (3, 20), p=[0.1, 0.6, 0.3])
    seeds, probes = np.indices(changes.shape)
    table = pd.DataFrame({"d": changes.ravel(), "s": seeds.ravel(), "p": probes.ravel()})
    squares = anova_lm(ols("d ~ C(s) + C(p)", table).fit())["mean_sq"]
    found = mean_squares(changes)
    assert list(squares) == pytest.approx([found.seeds, found.probes, found.residual])


def test_an_estimate_worked_by_hand() -> None:
    """Two trainings, two probes, changes 0, 1 and 1, 1.

    Mean 3/4; seeds, probes and residual have the mean square 1/4 each on one degree, so that no
    variance but the residual's is above zero. With two imagined probes (1, 1) and (-1, -1) the
    means are 1/4 and 1/2 of trainings, 1/2, 1, 1, -1 of probes: MS 1/8, 2*(1/64+25/64*2+121/64)/3
    and 1/8.
    """
    found = crossed_estimate(np.array([[0.0, 1.0], [1.0, 1.0]]), 0.95)
    assert found.mean == 0.75
    assert (found.seed_variance, found.probe_variance) == (0.0, 0.0)
    assert found.residual_variance == pytest.approx(0.25)
    from scipy.stats import t

    probes = 2 * (1 + 25 + 25 + 121) / 64 / 3
    freedom = probes**2 / (0.125**2 / 1 + probes**2 / 3 + 0.125**2 / 3)
    half = t.ppf(0.975, freedom) * (probes / 8) ** 0.5 * 4 / 2
    assert found.low == pytest.approx(max(-1.0, 0.75 - half))
    assert (found.high, found.next_low, found.next_high) == (1.0, -1.0, 1.0)


def test_nothing_seen_is_not_nothing_there() -> None:
    """Five trainings without any change leave both intervals a width."""
    found = crossed_estimate(np.zeros((5, 300)), 0.95)
    assert found.low < -0.005
    assert found.high > 0.005
    assert found.next_low < 0 < found.next_high


def test_one_probe_has_an_estimate() -> None:
    """It says that all is possible."""
    found = crossed_estimate(np.array([[1.0], [0.0], [1.0]]), 0.95)
    assert (found.low, found.high) == (-1.0, 1.0)


@pytest.mark.parametrize(("seeds", "between"), [(5, 0.0), (5, 0.04), (10, 0.04)])
def test_coverage_by_simulation(seeds: int, between: float) -> None:
    """Both intervals hold in at least 93% of draws of trainings and probes (benchmarks/recipes.py).

    A probe changes for the worse with a chance of its own, and every training moves all chances.
    """
    generator = np.random.default_rng(1)
    held = ahead = 0
    for _ in range(600):
        chances = generator.beta(1, 4, 100)
        moved = generator.normal(0, between, (seeds + 1, 1))
        draws = generator.random((seeds + 1, 100)) < np.clip(chances + moved, 0, 1)
        changes = draws.astype(float)
        found = crossed_estimate(changes[:-1], 0.95)
        held += found.low <= 0.2 <= found.high
        ahead += found.next_low <= changes[-1].mean() <= found.next_high
    assert held / 600 > 0.93
    assert ahead / 600 > 0.93
