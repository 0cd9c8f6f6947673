"""Are the checkpoints of a folder taken in the order of training, and broken ones named?"""

import json
from pathlib import Path

import pytest

from audit.errors import InputError
from audit.jobs.candidate import Subject
from audit.jobs.checkpoints import checkpoints_in
from audit.run.arm import BaseWeights, ModelFiles
from audit.run.history import Check, History
from audit.settings.gate import Gate

MODEL = ModelFiles(source="base", folder="/models/base", revision=None, weights_sha256="w")
BASELINE = Subject("base", "b", BaseWeights(kind="base", model=MODEL), None, None, None)


def _adapter(folder: Path, content: str) -> None:
    folder.mkdir(parents=True)
    (folder / "adapter_model.safetensors").write_text(content)


def _check(candidate: str, verdict: str, gate: Gate | None) -> Check:
    return Check(
        checked_at="2026-01-01T03:00:00+00:00",
        candidate="c",
        candidate_sha256=candidate,
        baseline="base",
        baseline_sha256="b",
        run="r",
        verdict=verdict,  # type: ignore[arg-type] - one of the three
        axes={},
        changes={},
        judge_sha256=None,
        probes_sha256=None,
        answers_sha256=None,
        blessed_at=None,
        gate=gate,
    )


def test_checkpoints_come_by_step_and_not_by_name(tmp_path: Path) -> None:
    """250 before 1000, a step that the trainer wrote before the name, and the last one last."""
    for name in ("checkpoint-1000", "checkpoint-250", "final", "renamed"):
        _adapter(tmp_path / name, name)
    (tmp_path / "renamed" / "trainer_state.json").write_text(json.dumps({"global_step": 500}))
    found = checkpoints_in(tmp_path, BASELINE, None, Gate(), History(tmp_path / "h.sqlite"))
    names = [path.name for path, _ in found.new]
    assert names == ["checkpoint-250", "renamed", "checkpoint-1000", "final"]


def test_a_broken_checkpoint_is_named_and_the_others_are_kept(tmp_path: Path) -> None:
    """A folder that a kill left half written is no silence."""
    _adapter(tmp_path / "checkpoint-100", "whole")
    (tmp_path / "checkpoint-200").mkdir()
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "adapter_config.json").write_text("{")
    (tmp_path / "logs").mkdir()
    found = checkpoints_in(tmp_path, BASELINE, None, Gate(), History(tmp_path / "h.sqlite"))
    assert [path.name for path, _ in found.new] == ["checkpoint-100"]
    assert [path.name for path, _ in found.broken] == ["checkpoint-200", "half"]


def test_what_was_checked_is_told_with_its_verdict(tmp_path: Path) -> None:
    """Checked by this gate: known, with what was found. By another gate: to be checked again."""
    _adapter(tmp_path / "checkpoint-1", "one")
    history = History(tmp_path / "h.sqlite")
    first = checkpoints_in(tmp_path, BASELINE, None, Gate(), history)
    history.add(_check(first.new[0][1].sha256, "regressed", Gate()))
    again = checkpoints_in(tmp_path, BASELINE, None, Gate(), history)
    assert ([one.verdict for one in again.checked], again.new) == (["regressed"], [])
    other = checkpoints_in(tmp_path, BASELINE, None, Gate(max_over_refusal_increase=0.1), history)
    assert (len(other.checked), len(other.new)) == (0, 1)


def test_a_folder_without_a_checkpoint_is_refused(tmp_path: Path) -> None:
    """Nothing to check is not nothing wrong."""
    with pytest.raises(InputError, match="holds no checkpoint"):
        checkpoints_in(tmp_path, BASELINE, None, Gate(), History(tmp_path / "h.sqlite"))
