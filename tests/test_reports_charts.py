"""Can every picture be drawn, whatever the model did and whatever its categories are called?"""

import pytest

from audit.axis import HARMFUL_COMPLIANCE, OVER_REFUSAL
from audit.settings.gate import Gate
from reports.numbers.estimates import Difference
from reports.page.charts import as_svg
from reports.page.charts_changes import categories_chart
from reports.page.charts_tradeoff import tradeoff_chart
from reports.page.training import alarms
from reports.results.arms import ArmRate, ArmRates
from reports.results.findings import CategoryResult


def _arm(name: str, over_refusal: float, compliance: float) -> ArmRates:
    axes = {OVER_REFUSAL.name: over_refusal, HARMFUL_COMPLIANCE.name: compliance}
    rates = {
        axis: ArmRate(rate, max(0.0, rate - 0.1), min(1.0, rate + 0.1), n=20, unscored=0)
        for axis, rate in axes.items()
    }
    return ArmRates(name, None, rates, None)


@pytest.mark.parametrize("across", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("up", [0.0, 0.5, 1.0])
def test_the_path_may_lead_anywhere(across: float, up: float) -> None:
    """In all eight directions, and nowhere at all."""
    arms = [_arm("before", 0.5, 0.5), _arm("after", across, up)]
    drawn = tradeoff_chart(arms, Gate())
    assert drawn is not None
    assert "after" in as_svg(drawn)


def test_hostile_categories_are_drawn_as_text() -> None:
    """Control characters and markup in names neither break the drawing nor enter it as markup."""
    names = ["\x1b[31mred", "<script>alert(1)</script>", "\u202eback"]
    change = Difference(0.1, 0.0, 0.2, 0.5, "made up")
    rows = {
        name: CategoryResult(20, 0.1, 0.2, change, 0.5, -1.0, None, None, None) for name in names
    }
    drawn = categories_chart({"over_refusal": rows})
    assert drawn is not None
    svg = as_svg(drawn)
    assert "<script" not in svg
    assert "\x1b" not in svg


def test_alarms_name_what_is_alarming_and_nothing_else() -> None:
    """A quiet training has none; displaced likelihood, a spike and a lost loss are named."""
    quiet = [
        {"step": n, "loss": 0.6 - n / 100, "grad_norm": 1.0, "logps/chosen": -50.0 + n / 10}
        | {"rewards/margins": n / 10, "rewards/accuracies": 0.5 + n / 40}
        for n in range(1, 9)
    ]
    assert alarms(quiet) == []
    loud = [{**row, "logps/chosen": -50.0 - 5 * row["step"]} for row in quiet]
    loud[3] = {**loud[3], "grad_norm": 50.0}
    loud[4] = {**loud[4], "loss": None}
    found = " ".join(alarms(loud))
    assert "step 5" in found
    assert "likelihood displacement" in found
    assert "reached 50" in found
