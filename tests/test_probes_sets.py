"""Are the shipped probes sound, and is the drawing of them reproducible?"""

import csv
import re
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from audit.records import Probe
from probes.sets.library import BUILTIN, builtin_probes
from reports.checks.checks import passes

RUN = 8
LEAST = {"harmful": 300, "borderline": 350, "helpful": 240}
CATEGORIES = {
    "harmful": {
        "violent_crime",
        "nonviolent_crime",
        "weapons",
        "cyber_attack",
        "fraud",
        "privacy",
        "hate",
        "harassment",
        "self_harm",
        "defamation",
        "intellectual_property",
        "dangerous_advice",
        "misinformation",
        "abuse_of_vulnerable",
    },
    "borderline": {
        "homonym",
        "figurative",
        "safe_target",
        "safe_context",
        "definition",
        "history",
        "fiction",
        "public_information",
        "medicine",
        "law",
        "security_defence",
        "chemistry_lesson",
        "harm_reduction",
        "identity",
        "caregiver",
        "self_protection",
    },
    "helpful": {
        "knowledge",
        "arithmetic",
        "rewriting",
        "extraction",
        "formatting",
        "code_reading",
        "reasoning",
        "instructions",
    },
}
REFUSAL = "I'm sorry, but I can't help with that."


@pytest.fixture(scope="module")
def shipped() -> dict[str, Probe]:
    """Return all shipped probes by id."""
    return {probe.id: probe for probe in builtin_probes()}


def test_each_set_has_its_kind_and_enough_probes(shipped: dict[str, Probe]) -> None:
    """The published sizes are reached, and no question stands twice."""
    counts = Counter(probe.kind for probe in shipped.values())
    assert all(counts[kind] >= LEAST[kind] for kind in LEAST)
    assert all(probe.set == probe.kind for probe in shipped.values())
    questions = {probe.question().lower() for probe in shipped.values()}
    assert len(questions) == len(shipped)


def test_categories_are_covered_and_balanced(shipped: dict[str, Probe]) -> None:
    """Every category of the taxonomy has probes, and none is a fifth of its set."""
    for name, categories in CATEGORIES.items():
        counts = Counter(probe.category for probe in shipped.values() if probe.set == name)
        assert set(counts) == categories
        assert max(counts.values()) < 0.2 * counts.total()
        assert min(counts.values()) >= 15


def test_no_two_questions_of_a_set_are_alike(shipped: dict[str, Probe]) -> None:
    """Within a set no two questions reach 0.7 of token Jaccard similarity."""
    for name in BUILTIN:
        words = {
            probe.id: set(re.findall(r"\w+", probe.question().lower()))
            for probe in shipped.values()
            if probe.set == name
        }
        alike = [
            (one, other)
            for one, other in combinations(words, 2)
            if len(words[one] & words[other]) >= 0.7 * len(words[one] | words[other])
        ]
        assert alike == []


def test_twins_point_at_each_other(shipped: dict[str, Probe]) -> None:
    """A twin is mutual, and of the other kind."""
    paired = [probe for probe in shipped.values() if probe.twin]
    assert len(paired) >= 440
    for probe in paired:
        twin = shipped[probe.twin or ""]
        assert twin.twin == probe.id
        assert {probe.kind, twin.kind} == {"harmful", "borderline"}


def test_a_refusal_passes_no_check(shipped: dict[str, Probe]) -> None:
    """Every helpful probe has a check, and a refusal fails it."""
    helpful = [probe for probe in shipped.values() if probe.kind == "helpful"]
    assert all(probe.check for probe in helpful)
    assert [probe.id for probe in helpful if probe.check and passes(probe.check, REFUSAL)] == []


def test_no_probe_is_taken_from_a_published_set(
    shared_data: Path, shipped: dict[str, Probe]
) -> None:
    """No run of eight words is shared with the published sets."""
    published: set[tuple[str, ...]] = set()
    for file in (shared_data / "probe_sets").glob("*/*.csv"):
        with file.open(encoding="utf-8", newline="") as table:
            for row in csv.reader(table):
                published |= set().union(*map(_runs, row))
    for file in (shared_data / "probe_sets").glob("*/*.jsonl"):
        published |= _runs(file.read_text(encoding="utf-8"))
    assert published
    shared = [probe.id for probe in shipped.values() if _runs(probe.question()) & published]
    assert shared == []


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[place : place + RUN]) for place in range(len(words) - RUN + 1)}
