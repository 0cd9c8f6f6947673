"""Is the drawing of probes reproducible, even over categories, and kind to twins?"""

import json
from collections import Counter
from pathlib import Path

import pytest

from audit.errors import InputError
from audit.records import Probe
from audit.settings.probe_sets import ProbesConfig
from probes.sets.selection import select_probes


def _drawn(**settings: object) -> list[Probe]:
    return select_probes([ProbesConfig.model_validate(settings)])


def test_the_same_seed_draws_the_same() -> None:
    """Another seed draws others."""
    first = _drawn(set="harmful", limit=20, seed=3)
    assert first == _drawn(set="harmful", limit=20, seed=3)
    assert first != _drawn(set="harmful", limit=20, seed=4)


def test_equal_draws_keep_twins_together() -> None:
    """Harmful and borderline probes drawn with one limit and seed are each other's twins."""
    configs = [ProbesConfig(set=name, limit=60, seed=3) for name in ("harmful", "borderline")]
    drawn = select_probes(configs)
    ids = {probe.id for probe in drawn}
    assert len(ids) == 120
    assert all(probe.twin in ids for probe in drawn)


@pytest.mark.parametrize("name", ["harmful", "helpful"])
def test_a_draw_is_spread_over_the_categories(name: str) -> None:
    """No category has more than one probe more than another."""
    counts = Counter(probe.category for probe in _drawn(set=name, limit=60))
    assert max(counts.values()) - min(counts.values()) <= 1


def test_kinds_and_categories_are_chosen() -> None:
    """Only what is named is asked, and a name that nobody has is refused with those there are."""
    chosen = _drawn(set="harmful", categories=["fraud", "weapons"])
    assert {probe.category for probe in chosen} == {"fraud", "weapons"}
    with pytest.raises(InputError, match="harmful/fraud"):
        _drawn(set="harmful", categories=["frauds"])


def test_two_sets_with_one_id_are_refused() -> None:
    """Answers are kept by id, so an id may stand once only."""
    with pytest.raises(InputError, match="stands in two of the sets"):
        select_probes([ProbesConfig(set="harmful"), ProbesConfig(set="harmful", seed=1)])


def test_a_users_own_file_is_asked(tmp_path: Path) -> None:
    """A set of one's own needs a file and a name; its twins may be builtin."""
    row = {"id": "m-1", "set": "mine", "kind": "borderline", "category": "x", "prompt": "Why?"}
    file = tmp_path / "mine.jsonl"
    file.write_text(json.dumps({**row, "twin": "harmful-001"}))
    assert [probe.id for probe in _drawn(set="mine", path=str(file))] == ["m-1"]
    file.write_text(json.dumps({**row, "twin": "harmful-xyz"}))
    with pytest.raises(InputError, match="does not exist"):
        _drawn(set="mine", path=str(file))


def test_a_table_of_ones_own_needs_a_layout_only(tmp_path: Path) -> None:
    """A few lines of configuration read somebody's CSV: kinds by a column, a system prompt."""
    file = tmp_path / "questions.csv"
    file.write_text('q,label,bot\n"Why, then?",ok,Be kind.\nHow?,bad,\nWho?,other,\n')
    layout = {
        "prompt": ["q"],
        "system": ["bot"],
        "kind": {
            "column": ["label"],
            "values": {"ok": "borderline", "bad": "harmful", "other": "skip"},
        },
    }
    first, second = _drawn(set="own", path=str(file), layout=layout)
    assert [turn.content for turn in first.conversation()] == ["Be kind.", "Why, then?"]
    assert (second.id, second.kind, second.prompt) == ("own-2", "harmful", "How?")
