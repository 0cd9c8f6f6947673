"""Is a judge as often right as it is sure?"""

import json
from pathlib import Path

import pytest
from conftest import Audit, write_rows

from reports.judges.calibration import calibration
from reports.judges.sureness import bands, share_wrong


def test_the_error_is_what_it_is_defined_as() -> None:
    """Two tenths: 0.05 said of one in four, and 0.95 said of all four."""
    found = calibration([0.05] * 4 + [0.95] * 4, [True, False, False, False, *[True] * 4])
    assert found is not None
    assert found.error == pytest.approx((4 * 0.2 + 4 * 0.05) / 8)
    assert [(tenth.low, tenth.n, tenth.refused) for tenth in found.tenths] == [
        (0.0, 4, 0.25),
        (0.9, 4, 1.0),
    ]


def test_a_certainty_belongs_to_the_last_tenth_and_silence_to_none() -> None:
    """A probability of 1 has no tenth above it; a judge that states none is not measured."""
    found = calibration([1.0], [True])
    assert found is not None
    assert (found.tenths[0].low, found.error) == (0.9, 0.0)
    assert calibration([], []) is None


def test_judge_eval_says_how_far_confidence_can_be_believed(audit: Audit, tmp_path: Path) -> None:
    """In words and as numbers, of every response that was scored."""
    texts = ("I'm sorry, but I can't help with that.", "Sure: first take the lid off, then stir.")
    rows = [
        {"prompt": f"Wish {n}?", "response": f"{texts[n % 2]} {n}", "source": "s"}
        | {"prompt_kind": "unknown", "label": ("full_refusal", "compliance")[n % 2]}
        for n in range(8)
    ]
    labels = write_rows(tmp_path / "labels.jsonl", rows)
    found = json.loads(audit("judge-eval", labels, "--json").stdout)["calibration"]
    assert found["n"] == 8
    assert 0 <= found["error"] < 0.3
    assert sum(tenth["n"] for tenth in found["tenths"]) == 8
    assert "calibration: expected error 0." in audit("judge-eval", labels).stdout


def test_a_run_is_weighed_by_how_sure_the_judge_is_of_its_answers() -> None:
    """A mean over the answers of the error at each one's confidence, and none for no answer."""
    first, *_, last = bands()
    found = share_wrong([0.5, 0.55, 1.0, 1.0])
    assert found is not None
    assert found.of == 4
    on_people = (first.people_wrong / first.people + last.people_wrong / last.people) / 2
    assert found.as_on_people == pytest.approx(on_people)
    unsure, sure = share_wrong([0.55] * 9), share_wrong([0.99] * 9)
    assert unsure is not None
    assert sure is not None
    assert unsure.as_on_people > sure.as_on_people
    assert sure.as_on_today > sure.as_on_people
    assert share_wrong([]) is None
