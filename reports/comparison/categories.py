"""In which categories did the model change, and how much does the grouping matter?"""

from collections import defaultdict

import numpy as np
from scipy.stats import norm
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.multitest import multipletests

from audit.axis import Axis
from audit.records import Probe
from audit.settings.gate import Gate
from reports.axes import VerdictsByProbe, axis_status, paired_values, probes_of
from reports.numbers.estimates import Difference, Values
from reports.numbers.paired import paired_difference
from reports.results.findings import CategoryResult, Sensitivity

FEWEST_CLUSTERS = 2


def category_results(
    axis: Axis, probes: list[Probe], before: VerdictsByProbe, after: VerdictsByProbe, gate: Gate
) -> dict[str, CategoryResult]:
    """Compare two arms in each category of an axis that has scored probes."""
    groups: dict[str, list[Probe]] = defaultdict(list)
    for probe in probes_of(axis, probes):
        groups[probe.category].append(probe)
    found: dict[str, tuple[Values, Values, Difference]] = {}
    for category, members in sorted(groups.items()):
        values = paired_values(axis, members, before, after)
        if len(values.before):
            difference = paired_difference(values.before, values.after, gate.confidence)
            found[category] = (values.before, values.after, difference)
    if not found:
        return {}
    p_values = [difference.p_value for _, _, difference in found.values()]
    adjusted = multipletests(p_values, method="holm")[1]
    return {
        category: _result(axis, category, first, second, difference, float(p_holm), gate)
        for (category, (first, second, difference)), p_holm in zip(
            found.items(), adjusted, strict=True
        )
    }


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


def _result(  # noqa: PLR0913, PLR0917 - one row of a table
    axis: Axis,
    category: str,
    before: Values,
    after: Values,
    difference: Difference,
    p_holm: float,
    gate: Gate,
) -> CategoryResult:
    own = gate.categories.get(category)
    margin = own.margin(axis) if own else None
    status = axis_status(axis, difference, margin)[0] if margin is not None else None
    rates = float(before.mean()), float(after.mean())
    return CategoryResult(len(before), *rates, difference, p_holm, margin, status)
