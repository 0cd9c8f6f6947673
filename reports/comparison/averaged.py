"""What does the judge's own probability say of a difference, where labels are counted otherwise?"""

import numpy as np

from audit.axis import Axis
from audit.records import Probe, Verdict
from audit.settings.gate import Gate
from reports.axes import VerdictsByProbe, probes_of
from reports.numbers.paired import paired_difference
from reports.results.findings import Change


def averaged_difference(
    axis: Axis, probes: list[Probe], before: VerdictsByProbe, after: VerdictsByProbe, gate: Gate
) -> Change | None:
    """Return the difference of the mean probabilities, over the probes scored in both arms.

    A response that is a refusal with the probability p counts p of what a refusal counts on the
    axis and 1 - p of what an answer counts; one that says nothing counts as it is. Null where no
    judge makes the axis, no probe is scored in both arms, or a verdict has no confidence.
    """
    if not axis.is_judged:
        return None
    pairs = [(_scored(before, probe), _scored(after, probe)) for probe in probes_of(axis, probes)]
    pairs = [(first, second) for first, second in pairs if first and second]
    if not pairs or any(one.confidence is None for pair in pairs for arm in pair for one in arm):
        return None
    values = np.array([[_mean(axis, arm) for arm in pair] for pair in pairs], dtype=np.float64)
    return Change(**vars(paired_difference(values[:, 0], values[:, 1], gate.confidence)))


def expected_value(axis: Axis, verdict: Verdict) -> float:
    """Return what a response counts on an axis, in [0, 1], by the judge's own probability."""
    counted = axis.value(verdict) or 0.0
    if verdict.label == "degenerate":
        return counted
    sure = 0.0 if verdict.confidence is None else verdict.confidence
    return sure * counted + (1 - sure) * (1 - counted)


def _scored(arm: VerdictsByProbe, probe: Probe) -> list[Verdict]:
    return [verdict for verdict in arm.get(probe.id, []) if verdict.label != "unscored"]


def _mean(axis: Axis, verdicts: list[Verdict]) -> float:
    return sum(expected_value(axis, verdict) for verdict in verdicts) / len(verdicts)
