"""How much of a change is the recipe's, and how much one training's luck?

Trainings that differ in their seed alone are asked the same probes: seeds crossed with probes,
both drawn at random, one difference in each cell. d_si = mean + seed_s + probe_i + rest_si.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.stats import t

from reports.numbers.estimates import CrossedEstimate, Values


@dataclass(frozen=True)
class MeanSquares:
    """The mean squares of a two-way table with one value in each cell, and their freedoms."""

    seeds: float
    probes: float
    residual: float
    seeds_df: int
    probes_df: int
    residual_df: int


def mean_squares(values: Values) -> MeanSquares:
    """Return the analysis of variance of a table (Searle, Casella and McCulloch 1992, chapter 4).

    Args:
        values: one row for each seed, at least two, and one column for each probe, at least two.
    """
    seeds, probes = values.shape
    mean = values.mean()
    of_seeds, of_probes = values.mean(axis=1) - mean, values.mean(axis=0) - mean
    residual = values - mean - of_seeds[:, None] - of_probes[None, :]
    residual_df = (seeds - 1) * (probes - 1)
    return MeanSquares(
        seeds=float(probes * (of_seeds**2).sum() / (seeds - 1)),
        probes=float(seeds * (of_probes**2).sum() / (probes - 1)),
        residual=float((residual**2).sum() / residual_df),
        seeds_df=seeds - 1,
        probes_df=probes - 1,
        residual_df=residual_df,
    )


def crossed_estimate(changes: Values, confidence: float) -> CrossedEstimate:
    """Estimate a recipe's mean change, and where the next training's will lie on these probes.

    Args:
        changes: after minus before in [-1, 1], a row for each training and a column for each probe.
        confidence: the level of both intervals.
    """
    seeds, probes = changes.shape
    mean = float(changes.mean())
    half = _half_width_of_mean(changes, confidence)
    ahead = _half_width_of_next(changes, confidence)
    found = mean_squares(_with_imagined(changes) if probes == 1 else changes)
    return CrossedEstimate(
        n=probes,
        seeds=seeds,
        mean=mean,
        low=max(-1.0, mean - half),
        high=min(1.0, mean + half),
        next_low=max(-1.0, mean - ahead),
        next_high=min(1.0, mean + ahead),
        seed_variance=max(0.0, (found.seeds - found.residual) / probes),
        probe_variance=max(0.0, (found.probes - found.residual) / seeds),
        residual_variance=found.residual,
    )


def _half_width_of_mean(changes: Values, confidence: float) -> float:
    """Return half the interval of the mean over all seeds and probes that there could be.

    The mean's variance is (MS_seeds + MS_probes - MS_residual) / (seeds x probes), in which no
    estimated variance is let below zero; degrees of freedom by Satterthwaite 1946 (Biometrics
    Bull. 2:110). Two imagined probes, one that changes by +1 in every training and one by -1, join
    the variance and leave the mean (Agresti and Coull 1998).
    """
    imagined = _with_imagined(changes)
    found = mean_squares(imagined)
    by_seeds = max(found.seeds, found.residual)
    by_probes = max(found.probes, found.residual)
    whole = by_seeds + by_probes - found.residual
    spread = (
        by_seeds**2 / found.seeds_df
        + by_probes**2 / found.probes_df
        + found.residual**2 / found.residual_df
    )
    quantile = float(t.ppf((1 + confidence) / 2, whole**2 / spread))
    stretched = imagined.shape[1] / changes.shape[1]
    return float(quantile * sqrt(whole / imagined.size) * stretched)


def _half_width_of_next(changes: Values, confidence: float) -> float:
    """Return half the interval of the next training's mean change on the same probes.

    The means of trainings are independent draws, so that it is Student's prediction interval
    (Hahn and Meeker 1991, Statistical Intervals, 4.7). Their variance is at least what the residual
    alone would give, to which two imagined flips of a probe in one training each are added.
    """
    seeds, probes = changes.shape
    found = mean_squares(_with_imagined(changes) if probes == 1 else changes)
    flips = 2 * (1 - 1 / seeds) / found.residual_df
    variance = max(found.seeds, found.residual + flips) / probes
    quantile = float(t.ppf((1 + confidence) / 2, seeds - 1))
    return quantile * sqrt(variance * (1 + 1 / seeds))


def _with_imagined(changes: Values) -> Values:
    ones = np.ones((len(changes), 1))
    return np.hstack([changes, ones, -ones])
