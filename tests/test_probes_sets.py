"""Are the shipped probes sound, and is the drawing of them reproducible?"""

import csv
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from audit.config import ProbesConfig
from audit.records import Probe
from probes.sets import BUILTIN, draw, load_set, select_probes
from reports.checks import passes

RUN = 8
REFUSAL = "I'm sorry, but I can't help with that."


@pytest.fixture(scope="module")
def shipped() -> dict[str, Probe]:
    """Return all shipped probes by id."""
    return {probe.id: probe for name in BUILTIN for probe in load_set(name, None)}


def test_each_set_has_its_kind_and_enough_probes(shipped: dict[str, Probe]) -> None:
    """At least 40 of each kind, no question twice."""
    counts = Counter(probe.kind for probe in shipped.values())
    assert min(counts.values()) >= 40
    questions = {probe.question().lower() for probe in shipped.values()}
    assert len(questions) == len(shipped)


def test_twins_point_at_each_other(shipped: dict[str, Probe]) -> None:
    """A twin is mutual, and of the other kind."""
    paired = [probe for probe in shipped.values() if probe.twin]
    assert len(paired) >= 80
    for probe in paired:
        twin = shipped[probe.twin or ""]
        assert twin.twin == probe.id
        assert {probe.kind, twin.kind} == {"harmful", "borderline"}


def test_a_refusal_passes_no_check(shipped: dict[str, Probe]) -> None:
    """Every helpful probe has a check, and a refusal fails it."""
    helpful = [probe for probe in shipped.values() if probe.kind == "helpful"]
    assert all(probe.check for probe in helpful)
    assert [probe.id for probe in helpful if probe.check and passes(probe.check, REFUSAL)] == []


def test_the_draw_is_reproducible_and_keeps_twins() -> None:
    """The same seed draws the same probes, and twins come together."""
    harmful, borderline = (draw(load_set(name, None), 20, 3) for name in ("harmful", "borderline"))
    assert harmful == draw(load_set("harmful", None), 20, 3)
    assert harmful != draw(load_set("harmful", None), 20, 4)
    assert {probe.twin for probe in harmful} == {probe.id for probe in borderline}


def test_a_users_own_file_is_asked(tmp_path: Path) -> None:
    """A set of one's own needs a file and a name."""
    row = {"id": "mine-1", "set": "mine", "kind": "harmful", "category": "x", "prompt": "Why?"}
    (tmp_path / "mine.jsonl").write_text(json.dumps(row))
    config = ProbesConfig(set="mine", path=str(tmp_path / "mine.jsonl"))
    assert [probe.id for probe in select_probes([config])] == ["mine-1"]


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
