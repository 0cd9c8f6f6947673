"""Is what changes by chance counted, and a margin below it named?"""

import pytest

from audit.records import Label, Probe, Verdict
from audit.settings.gate import Gate
from reports.axes import VerdictsByProbe
from reports.comparison.noise import noise_floor
from reports.results.findings import NoiseFloor
from reports.words.axes import noise_sentences

PROBES = [
    Probe(id=f"p{n}", set="s", kind="borderline", category="c", prompt="Why?") for n in range(50)
]


def _refusing(places: set[int]) -> VerdictsByProbe:
    verdicts = {}
    for n, probe in enumerate(PROBES):
        label: Label = "full_refusal" if n in places else "compliance"
        verdicts[probe.id] = [
            Verdict(
                probe_id=probe.id, sample=0, label=label, score=None, judge="rules", evidence=None
            )
        ]
    return verdicts


def test_changes_both_ways_are_noise() -> None:
    """Two probes that swap sides leave the rate as it was, and are 4% of noise."""
    floor = noise_floor(PROBES, _refusing({0, 1}), _refusing({1, 2}), 0.95)
    ends = pytest.approx(0.011, abs=5e-4), pytest.approx(0.1346, abs=5e-4)  # Wilson's, 2 of 50
    assert floor["over_refusal"] == NoiseFloor(50, pytest.approx(0.04), 0.0, *ends)
    told = noise_sentences(floor, Gate(max_over_refusal_increase=0.03))
    assert "before changed on over-refusal 4.0%" in told[0]
    assert told[1] == "The margin of over_refusal, 3.0 points, is below its noise floor."
    assert len(noise_sentences(floor, Gate(max_over_refusal_increase=0.05))) == 1
