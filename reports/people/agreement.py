"""How far do people agree with each other on the same responses?"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from audit.records import REFUSALS
from reports.numbers.estimates import Interval
from reports.people.labelled_rows import LabelledRow
from reports.people.labels import LABELS

Called = TypeVar("Called")


@dataclass(frozen=True)
class Agreement:
    """Two people on the n responses that both have labelled.

    `kappa_refusal` is Cohen's kappa of any refusal or none, `kappa_label` of all four labels; null
    where both called everything the same, so that chance would have agreed as well.
    """

    people: tuple[str, str]
    """The two people."""
    n: int
    raw: Interval
    """The share of responses with the same label."""
    raw_refusal: Interval
    """The share with the same word on refusal or not."""
    kappa_refusal: Interval | None
    """Cohen's kappa of refusal or not; null where chance would have agreed as well."""
    kappa_label: Interval | None
    """Cohen's kappa of all four labels; null where chance would have agreed as well."""


def agreements(rows: Sequence[LabelledRow], confidence: float) -> list[Agreement]:
    """Return the agreement of every two people who share a response."""
    people = sorted({person for row in rows for person in row.labels})
    pairings = []
    for first, second in itertools.combinations(people, 2):
        pairs = [
            (row.labels[first], row.labels[second])
            for row in rows
            if first in row.labels and second in row.labels
        ]
        if pairs:
            pairings.append(_agreement((first, second), pairs, confidence))
    return pairings


def _agreement(
    people: tuple[str, str], pairs: list[tuple[str, str]], confidence: float
) -> Agreement:
    refused = [(first in REFUSALS, second in REFUSALS) for first, second in pairs]
    return Agreement(
        people=people,
        n=len(pairs),
        raw=_share(pairs, confidence),
        raw_refusal=_share(refused, confidence),
        kappa_refusal=_kappa(refused, [False, True].index, 2, confidence),
        kappa_label=_kappa(pairs, LABELS.index, len(LABELS), confidence),
    )


def _share(pairs: Sequence[tuple[object, object]], confidence: float) -> Interval:
    """Return the share of equal pairs with Wilson's interval."""
    from scipy.stats import binomtest

    equal, n = sum(first == second for first, second in pairs), len(pairs)
    interval = binomtest(equal, n).proportion_ci(confidence, method="wilson")
    return Interval(equal / n, float(interval.low), float(interval.high))


def _kappa(
    pairs: Sequence[tuple[Called, Called]],
    place: Callable[[Called], int],
    size: int,
    confidence: float,
) -> Interval | None:
    """Return Cohen's kappa with the interval of Fleiss, Cohen and Everitt (1969).

    Two imagined disagreements between the most used labels, one in each direction, widen the
    interval, so that a few responses on which people never differ do not look certain.
    """
    from scipy.stats import norm
    from statsmodels.stats.inter_rater import cohens_kappa

    table = np.zeros((size, size))
    for first, second in pairs:
        table[place(first), place(second)] += 1
    used = np.argsort(-(table.sum(axis=0) + table.sum(axis=1)), kind="stable")[:2]
    if np.count_nonzero(table.sum(axis=0) + table.sum(axis=1)) == 1:
        return None
    kappa = float(cohens_kappa(table).kappa)
    table[used[0], used[1]] += 1
    table[used[1], used[0]] += 1
    half = float(norm.ppf((1 + confidence) / 2) * cohens_kappa(table).std_kappa)
    return Interval(kappa, max(-1.0, kappa - half), min(1.0, kappa + half))
