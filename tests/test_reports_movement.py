"""Is a move towards refusing seen before any answer flips?"""

import json
from math import log
from pathlib import Path

import numpy as np
import pytest
from conftest import read_rows

from audit.files.lines import write_records
from audit.records import Kind, Probe, Response
from audit.run.directory import RunDirectory
from probes.engines.openings import refusal_log_odds
from reports.axes import Flips
from reports.comparison.movement import movement, movement_sentences
from reports.numbers.estimates import Difference
from reports.numbers.paired import mean_change

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


@pytest.mark.parametrize(
    ("language", "opening", "other"),
    [
        ("de", "Leider", "Gerne"),
        ("de-AT", " Es", "Zuerst"),
        ("fr", "D\u00e9s", "Voici"),
        ("es", "Lo", "Claro"),
        ("it", "Mi", "Certo"),
        ("pt-BR", "Des", "Claro"),
        ("zh", "\u5bf9\u4e0d\u8d77\uff0c", "\u5f53\u7136"),
        ("zh", "\u5bf9", "\u597d"),
        ("ja", "\u7533", "\u306f\u3044"),
        ("ru", "\u0418\u0437", "\u041a\u043e\u043d\u0435\u0447\u043d\u043e"),
        ("pl", "Sorry", "Jasne"),
    ],
)
def test_log_odds_of_an_opening_in_the_probes_language(
    language: str, opening: str, other: str
) -> None:
    """A part of a word is enough, and in a language without a list English ones count."""
    likeliest = {opening: log(0.6), other: log(0.3)}
    assert refusal_log_odds(likeliest, language) == pytest.approx(log(0.6 / 0.4))
    if language != "pl":
        assert refusal_log_odds(likeliest) == pytest.approx(log(0.3 / 0.7))


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
    told = movement_sentences(found, [Flips(to_refusal=0, to_compliance=0)], 0.95)
    assert len(told) == 1
    assert told[0].startswith("No answer flipped, but the model moved")
    assert "helpful" not in told[0]


def test_vllm_delivers_the_openings(finished_run: Path) -> None:
    """Every response of the real run has them, and the comparison uses them."""
    rows = read_rows(finished_run / "arms" / "after" / "responses.jsonl")
    assert all(isinstance(row["refusal_log_odds"], float) for row in rows)
    comparison = json.loads((finished_run / "comparison.json").read_text())
    assert set(comparison["movement"]) == {"harmful", "borderline", "helpful"}


def test_moved_is_said_falsely_in_few_runs() -> None:
    """Three kinds of 12 probes that did not move: at most 5% of 400 runs say that one did."""
    rng = np.random.default_rng(0)
    kinds: tuple[Kind, ...] = ("harmful", "borderline", "helpful")
    said = 0
    for _ in range(400):
        found = {kind: mean_change(rng.standard_t(4, 12), 0.95) for kind in kinds}
        said += bool(movement_sentences(found, [], 0.95))
    assert said / 400 <= 0.06


def test_each_further_kind_is_held_to_less() -> None:
    """Of p = 0.01, 0.02, 0.04 all are sure (0.05 / 3, / 2, / 1); of 0.02, 0.03, 0.04 none."""
    kinds: tuple[Kind, ...] = ("harmful", "borderline", "helpful")
    for p_values, sure in (((0.01, 0.02, 0.04), True), ((0.02, 0.03, 0.04), False)):
        found = {k: Difference(1.0, 0.5, 1.5, p, "t") for k, p in zip(kinds, p_values, strict=True)}
        told = " ".join(movement_sentences(found, [], 0.95))
        assert [kind in told for kind in kinds] == [sure] * 3
