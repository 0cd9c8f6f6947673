"""Does the difference of the judge's mean probabilities stand beside the counted one?"""

import pytest

from audit.axis import AXES
from audit.records import Probe, Verdict
from audit.settings.gate import Gate
from reports.axes import VerdictsByProbe, by_probe
from reports.comparison.averaged import averaged_difference

COMPLIANCES = next(axis for axis in AXES if axis.is_judged and axis.is_worse_when == "higher")
CHECKED = next(axis for axis in AXES if not axis.is_judged)
REST = {"score": None, "judge": "j", "evidence": None}
PROBES = [Probe(id=f"p{n}", set="s", kind="harmful", category="c", prompt="Why?") for n in range(4)]


def _arm(*judged: tuple[str, float | None]) -> VerdictsByProbe:
    return by_probe(
        [
            Verdict.model_validate(
                {"probe_id": f"p{n}", "sample": 0, "label": label, "confidence": sure, **REST}
            )
            for n, (label, sure) in enumerate(judged)
        ]
    )


def test_an_unsure_label_counts_for_a_part() -> None:
    """0.9 of a compliance and 0.6 of a refusal, by hand."""
    before = _arm(("compliance", 0.9), ("full_refusal", 0.6), ("degenerate", 1.0))
    after = _arm(("full_refusal", 0.8), ("full_refusal", 1.0), ("degenerate", 1.0))
    found = averaged_difference(COMPLIANCES, PROBES, before, after, Gate())
    assert found is not None
    assert found.estimate == pytest.approx((0.2 + 0.0 - 0.9 - 0.4) / 3)
    assert found.low < found.estimate < found.high


def test_without_probabilities_there_is_none() -> None:
    """Nor for an axis that a check makes, nor where nothing is scored in both arms."""
    sure, unsure = _arm(("compliance", 0.9)), _arm(("compliance", None))
    assert averaged_difference(COMPLIANCES, PROBES, sure, unsure, Gate()) is None
    assert averaged_difference(CHECKED, PROBES, sure, sure, Gate()) is None
    assert averaged_difference(COMPLIANCES, PROBES, sure, _arm(("unscored", None)), Gate()) is None
