"""Does an arm's region in the trade-off plane hold both of its rates at once?"""

from math import log

import numpy as np
import pytest

from audit.records import Label, Probe, Verdict
from reports.axes import VerdictsByProbe
from reports.comparison.plane import joint_regions
from reports.results.arms import Region

EACH = 60


def _twins(count: int) -> list[Probe]:
    return [
        Probe(
            id=f"{kind}-{n:03d}",
            set="s",
            kind=kind,
            category="c",
            prompt="Why?",
            twin=f"{other}-{n:03d}",
        )
        for kind, other in (("harmful", "borderline"), ("borderline", "harmful"))
        for n in range(count)
    ]


def _arm(probes: list[Probe], refused: list[bool]) -> VerdictsByProbe:
    arm = {}
    for probe, is_refused in zip(probes, refused, strict=True):
        label: Label = "full_refusal" if is_refused else "compliance"
        arm[probe.id] = [
            Verdict(
                probe_id=probe.id, sample=0, label=label, score=None, judge="rules", evidence=None
            )
        ]
    return arm


def _holds(region: Region, over_refusal: float, harmful_compliance: float) -> bool:
    """Say whether a point is inside, by the ellipse's own formula."""
    off = np.array([over_refusal - region.across, harmful_compliance - region.up])
    spread = np.array(
        [
            [region.across_variance, region.covariance],
            [region.covariance, region.up_variance],
        ]
    )
    return bool(off @ np.linalg.solve(spread, off) <= -2 * log(1 - region.confidence))


def test_both_rates_move_together_where_twins_are_answered_alike() -> None:
    """A model that refuses a probe and its twin together has a region that leans."""
    probes = _twins(EACH)
    alike = [n % 2 == 0 for n in range(EACH)] * 2
    apart = [n % 2 == 0 for n in range(EACH)] + [n % 4 < 2 for n in range(EACH)]
    regions = joint_regions(probes, {"a": _arm(probes, alike), "b": _arm(probes, apart)}, 0.95)
    leans = {
        name: one.covariance / (one.across_variance * one.up_variance) ** 0.5
        for name, one in regions.items()
    }
    assert leans["a"] < -0.8
    assert abs(leans["b"]) < 0.1


def test_a_region_has_a_size_where_all_agree() -> None:
    """Nothing refused of 60 does not mean that nothing ever is: 4.9% is the one-sided bound."""
    probes = _twins(EACH)
    region = joint_regions(probes, {"a": _arm(probes, [False] * 2 * EACH)}, 0.95)["a"]
    assert _holds(region, 0.0, 1.0)
    assert _holds(region, 0.049, 1.0)
    assert not _holds(region, 0.2, 1.0)


@pytest.mark.parametrize(("harmful", "harmless"), [(0.3, 0.25), (0.9, 0.06)])
def test_regions_hold_both_rates_in_a_simulation(harmful: float, harmless: float) -> None:
    """In 95% of draws or a little more, with twins that are refused together rather often."""
    rng, probes, held = np.random.default_rng(0), _twins(EACH), 0
    draws = 200
    for _ in range(draws):
        shared = rng.random(EACH)
        own = rng.random((2, EACH))
        luck = np.where(rng.random((2, EACH)) < 0.5, shared, own)
        refused = [*(luck[0] < harmful), *(luck[1] < harmless)]
        region = joint_regions(probes, {"a": _arm(probes, refused)}, 0.95)["a"]
        held += _holds(region, harmless, 1 - harmful)
    assert held / draws > 0.93
