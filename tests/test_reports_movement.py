"""Is a move towards refusing seen before any answer flips?"""

import json
from math import log
from pathlib import Path

import pytest
from conftest import read_rows

from audit.files.lines import write_records
from audit.records import Probe, Response
from audit.run.directory import RunDirectory
from probes.engines.openings import refusal_log_odds
from reports.axes import Flips
from reports.comparison.movement import movement, movement_sentences

PROBES = [
    Probe(id=f"{kind}-{n}", set="s", kind=kind, category="c", prompt="Why?")
    for kind in ("harmful", "helpful")
    for n in range(20)
]


def test_log_odds_of_an_opening() -> None:
    """The refusing first tokens against all others; without one, at most the smallest listed."""
    likeliest = {"I": log(0.3), " Sorry": log(0.2), "Sure": log(0.4)}
    assert refusal_log_odds(likeliest) == pytest.approx(0.0)
    assert refusal_log_odds({"Sure": log(0.8), "Here": log(0.1)}) == pytest.approx(log(0.1 / 0.9))


def test_a_move_without_a_flip_is_told(tmp_path: Path) -> None:
    """Harmful probes moved by one, helpful ones only jittered: the one is told, the other not."""
    run = RunDirectory(tmp_path)
    for arm, shift in (("before", 0.0), ("after", 1.0)):
        responses = [
            Response(
                probe_id=probe.id,
                sample=0,
                text="x",
                finish_reason="stop",
                tokens=1,
                refusal_log_odds=(shift if probe.kind == "harmful" else 0) + shift * (-1) ** n / 9,
            )
            for n, probe in enumerate(PROBES)
        ]
        write_records(run.responses(arm), responses)
    found = movement(run, PROBES, 0.95)
    assert found["harmful"].estimate == pytest.approx(1.0)
    assert found["helpful"].low < 0 < found["helpful"].high
    told = movement_sentences(found, [Flips(to_refusal=0, to_compliance=0)])
    assert len(told) == 1
    assert told[0].startswith("No answer flipped, but the model moved")
    assert "helpful" not in told[0]


def test_vllm_delivers_the_openings(finished_run: Path) -> None:
    """Every response of the real run has them, and the comparison uses them."""
    rows = read_rows(finished_run / "arms" / "after" / "responses.jsonl")
    assert all(isinstance(row["refusal_log_odds"], float) for row in rows)
    comparison = json.loads((finished_run / "comparison.json").read_text())
    assert set(comparison["movement"]) == {"harmful", "borderline", "helpful"}
