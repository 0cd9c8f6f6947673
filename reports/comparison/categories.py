"""In which categories did the model change, and how much does the grouping matter?"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm
from statsmodels.regression.linear_model import OLS

from audit.axis import AXES, Axis, AxisName
from audit.records import Probe, Status, worst
from audit.settings.gate import Gate
from reports.axes import PairedValues, VerdictsByProbe, axis_status, paired_values, probes_of
from reports.numbers.collapse import Collapse, find_collapses
from reports.numbers.estimates import Values
from reports.numbers.paired import paired_difference
from reports.results.findings import CategoryResult, Sensitivity

FEWEST_CLUSTERS = 2
SURE = 0.95
"""All categories of all axes together are looked at with 5% of false triggers."""


@dataclass(frozen=True)
class _Category:
    axis: Axis
    name: str
    values: PairedValues

    @property
    def worsening(self) -> Values:
        sign = self.axis.worsening(1.0)
        return np.asarray(sign * (self.values.after - self.values.before))


def category_results(
    probes: list[Probe],
    before: VerdictsByProbe,
    after: VerdictsByProbe,
    gate: Gate,
    *,
    anytime: bool = False,
) -> dict[AxisName, dict[str, CategoryResult]]:
    """Compare two arms in each category of each axis that has scored probes.

    Each is tested for a worsening, and all together are allowed for (`find_collapses`); `anytime`
    says that asking could stop after any of several looks.
    """
    there = [
        category
        for axis in AXES
        for category in _categories(axis, probes, before, after)
        if len(category.values.before)
    ]
    collapses = find_collapses(
        {(change.axis.name, change.name): change.worsening for change in there},
        SURE,
        anytime=anytime,
    )
    results: dict[AxisName, dict[str, CategoryResult]] = {
        axis.name: {} for axis in AXES if probes_of(axis, probes)
    }
    for change in there:
        collapse = collapses[change.axis.name, change.name]
        results[change.axis.name][change.name] = _result(change, collapse, gate, anytime=anytime)
    return results


def sensitivity(changes: Values, categories: list[str], confidence: float) -> Sensitivity:
    """Return the interval of the mean change with categories as strata and as clusters.

    The strata's variance is the sum over categories of (n_h / n)^2 s_h^2 / n_h (Cochran 1977,
    equation 5.6, without the finite correction); the clusters' is statsmodels' cluster-robust
    one with t quantiles.
    """
    labels = np.array(categories)
    variance = 0.0
    for category in sorted(set(categories)):
        members = changes[labels == category]
        if len(members) > 1:
            variance += len(members) * float(members.var(ddof=1)) / len(changes) ** 2
    half = float(norm.ppf((1 + confidence) / 2)) * variance**0.5
    mean = float(changes.mean())
    clustered = None
    if len(set(categories)) >= FEWEST_CLUSTERS:
        codes = np.unique(labels, return_inverse=True)[1]
        fitted = OLS(changes, np.ones(len(changes))).fit(
            cov_type="cluster", cov_kwds={"groups": codes}, use_t=True
        )
        low, high = fitted.conf_int(1 - confidence)[0]
        clustered = _bounded(float(low), float(high))
    return Sensitivity(_bounded(mean - half, mean + half), clustered)


def _bounded(low: float, high: float) -> tuple[float, float]:
    """Return an interval of a mean of changes without what no mean of changes can be."""
    return max(-1.0, low), min(1.0, high)


def _categories(
    axis: Axis, probes: list[Probe], before: VerdictsByProbe, after: VerdictsByProbe
) -> list[_Category]:
    groups: dict[str, list[Probe]] = defaultdict(list)
    for probe in probes_of(axis, probes):
        groups[probe.category].append(probe)
    return [
        _Category(axis, name, paired_values(axis, members, before, after))
        for name, members in sorted(groups.items())
    ]


def _result(
    category: _Category, collapse: Collapse, gate: Gate, *, anytime: bool
) -> CategoryResult:
    axis, values = category.axis, category.values
    ends = (values.before, values.after, gate.confidence)
    difference = paired_difference(*ends, anytime=anytime)
    own = gate.categories.get(category.name)
    margin = own.margin(axis) if own else None
    by_margin = axis_status(axis, difference, margin)[0] if margin is not None else None
    collapsed = (
        _collapsed(collapse, margin or gate.margin(axis)) if gate.categories_decide else None
    )
    parts = [status for status in (by_margin, collapsed) if status is not None]
    return CategoryResult(
        n=len(values.before),
        before=float(values.before.mean()),
        after=float(values.after.mean()),
        difference=difference,
        p_adjusted=collapse.p_adjusted,
        worsening_low=collapse.low,
        margin=margin,
        collapsed=collapsed,
        status=worst(parts) if parts else None,
    )


def _collapsed(collapse: Collapse, margin: float) -> Status | None:
    """Return what a category leaves possible of its axis; null where it holds nothing back."""
    if collapse.p_adjusted >= 1 - SURE or collapse.worsening <= margin:
        return None
    return "regressed" if collapse.low > margin else "inconclusive"
