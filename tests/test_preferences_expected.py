"""Does the report hold what the pairs let expect against what training did?"""

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest
from conftest import Audit, read_rows

from audit.jobs.inspecting import outlook_of
from audit.run.pair_findings import Outlook
from audit.settings.preferences import SourceConfig
from train.sources import read_source

METRICS = {"step": 1, "loss": 0.69, "rewards/margins": 0.1, "rewards/accuracies": 0.5}


@pytest.fixture(scope="module")
def outlook() -> Outlook:
    """Judge the demo's pairs."""
    return outlook_of(read_source(SourceConfig(path="demo"), "demo").pairs, seed=0)


def _report(audit: Audit, page_run: Path, folder: Path, outlook: Outlook | None) -> str:
    """Report a copy of a run, as if it had been trained with this prediction."""
    run = Path(shutil.copytree(page_run, folder / "run"))
    (run / "train").mkdir(exist_ok=True)
    (run / "train" / "metrics.jsonl").write_text(json.dumps(METRICS) + "\n")
    if outlook:
        (run / "train" / "prediction.json").write_text(json.dumps(asdict(outlook)))
    result = audit("report", run)
    assert result.returncode == 0, result.stderr
    return (run / "report.html").read_text(encoding="utf-8")


def test_the_page_says_what_was_expected_and_what_happened(
    audit: Audit, page_run: Path, tmp_path: Path, outlook: Outlook
) -> None:
    """A row for each axis, only where something was predicted."""
    page = _report(audit, page_run, tmp_path, outlook)
    assert "What the pairs let expect, and what happened" in page
    part = page[page.index("What the pairs let expect") :]
    assert "should rise" in part
    assert any(words in part for words in ("as predicted", "not shown by", "against the"))
    assert "What the pairs let expect" not in _report(audit, page_run, tmp_path / "none", None)


def test_a_damaged_prediction_is_named(
    audit: Audit, page_run: Path, tmp_path: Path, outlook: Outlook
) -> None:
    """As any damaged file of a run."""
    _report(audit, page_run, tmp_path, outlook)
    (tmp_path / "run" / "train" / "prediction.json").write_text('{"pairs": "many"}')
    result = audit("report", tmp_path / "run")
    assert result.returncode == 2
    assert "prediction.json" in result.stderr


def test_a_run_holds_its_prediction_without_texts(finished_run: Path) -> None:
    """Written before training, about the pairs that are trained on, with no example."""
    found = json.loads((finished_run / "train" / "prediction.json").read_text())
    assert (found["pairs"], found["of"]) == (32, 32)
    assert {one["axis"] for one in found["predictions"]} == {
        *("harmful_compliance", "over_refusal", "helpfulness"),
    }
    assert all(one["refusing"] == one["answering"] == [] for one in found["teaching"])
    assert read_rows(finished_run / "train" / "metrics.jsonl")
    page = (finished_run / "report.html").read_text(encoding="utf-8")
    assert "What the pairs let expect, and what happened" in page


def test_directions_need_a_majority_beyond_chance(outlook: Outlook) -> None:
    """The demo's many pairs tell two directions; five against five would tell none."""
    told = {one.axis: one.direction for one in outlook.predictions}
    assert told["harmful_compliance"] == "falls"
    few = outlook_of(read_source(SourceConfig(path="demo"), "demo").pairs[:3], seed=0)
    assert {one.direction for one in few.predictions} == {"not told"}
