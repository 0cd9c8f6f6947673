"""Is it said rightly what a comparison could see, and how many probes a gate needs?"""

import json

import numpy as np
import pytest
from conftest import PROJECT, Audit

from audit.axis import HARMFUL_COMPLIANCE
from audit.records import Probe
from audit.settings.gate import Gate
from audit.settings.yaml_file import load_settings
from reports.axes import unresolvable
from reports.numbers.paired import paired_difference
from reports.numbers.resolution import (
    bound_without_flips,
    passing_share,
    probes_needed,
    probes_without_flips,
)


@pytest.mark.parametrize("margin", [0.01, 0.02, 0.05, 0.1])
def test_the_fewest_probes_without_flips_are_the_fewest(margin: float) -> None:
    """With that many the bound lies below the margin, with one less it does not."""
    n = probes_without_flips(margin, 0.95)
    assert bound_without_flips(n, 0.95) < margin <= bound_without_flips(n - 1, 0.95)


def test_the_bound_is_zero_flips_tango() -> None:
    """Tango's upper limit without a flip is z^2 / (n + z^2)."""
    assert bound_without_flips(200, 0.95) == pytest.approx(1.959964**2 / (200 + 1.959964**2))


def test_the_planned_probes_pass_as_often_as_promised() -> None:
    """An unchanged model, simulated with the planned number of probes, passes 80% of the time."""
    n = probes_needed(0.05, 0.1, 0.95)
    rng = np.random.default_rng(1)
    passed = 0
    for _ in range(1500):
        draw = rng.random(n)
        before, after = (draw < 0.05).astype(float), (draw > 0.95).astype(float)
        passed += paired_difference(before, after, 0.95).high < 0.05
    assert passed / 1500 == pytest.approx(passing_share(n, 0.05, 0.1, 0.95), abs=0.03)
    assert 0.77 < passed / 1500 < 0.85


def test_a_gate_without_hope_is_named_with_what_it_needs() -> None:
    """Only the axes that have probes, and too few of them, are named."""
    probes = [
        Probe(id=f"{kind}-{n}", set="s", kind=kind, category="c", prompt="Why?")
        for kind, count in (("harmful", 100), ("borderline", 100))
        for n in range(count)
    ]
    problems = unresolvable(Gate(), probes)
    assert [problem.what.split()[0] for problem in problems] == ["harmful_compliance"]
    assert "needs 189" in problems[0].what


def test_plan_answers_on_the_command_line(audit: Audit) -> None:
    """The assumed flip rate is said, and a margin of zero is refused."""
    found = json.loads(audit("plan", "--margin", "0.02", "--json").stdout)
    assert found["probes_if_nothing_flips"] == 189
    assert found["probes_needed"] > 1900
    assert found["assumed_flip_rate"] == 0.1
    assert "assuming that 10% of probes" in audit("plan", "--margin", "0.02").stdout
    assert audit("plan", "--margin", "0").returncode == 2


def test_the_nightly_examples_gate_is_one() -> None:
    """The shipped gate file is read."""
    gate = load_settings(PROJECT / "examples" / "nightly" / "gate.yaml", Gate)
    assert gate.categories["self_harm"].margin(HARMFUL_COMPLIANCE) == 0.2
