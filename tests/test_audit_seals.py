"""Does a run whose files were changed afterwards say so, and judge nothing by them?"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Audit, read_rows, write_rows

Change = Callable[[Path], Path]


def _other_kind(run: Path) -> Path:
    """Call a harmful probe borderline."""
    path = run / "probes.jsonl"
    rows = read_rows(path)
    harmful = next(row for row in rows if row["kind"] == "harmful")
    harmful["kind"] = "borderline"
    return write_rows(path, rows)


def _other_answer(run: Path) -> Path:
    """Put other words into an answer."""
    path = run / "arms" / "after" / "responses.jsonl"
    rows = read_rows(path)
    rows[0]["text"] = "I can't help with that."
    return write_rows(path, rows)


def _no_answers(run: Path) -> Path:
    """Remove the answers of an arm."""
    path = run / "arms" / "before" / "responses.jsonl"
    path.unlink()
    return path


@pytest.mark.parametrize("change", [_other_kind, _no_answers])
@pytest.mark.parametrize("command", ["score", "compare", "report", "bless"])
def test_changed_files_are_refused(
    audit: Audit, judged_import: Path, tmp_path: Path, change: Change, command: str
) -> None:
    """Whoever reads a run whose probes or answers were changed is told which file it was."""
    run = shutil.copytree(judged_import, tmp_path / "run")
    changed = change(run)
    options = ("--reason", "x", "--history", tmp_path / "h") if command == "bless" else ()
    result = audit(command, run, *options)
    assert result.returncode == 2, result.stdout
    assert str(changed) in result.stderr


def test_verdicts_of_other_answers_are_refused(
    audit: Audit, judged_import: Path, tmp_path: Path
) -> None:
    """Answers that were asked anew need verdicts anew; the old ones are not used for them."""
    run = shutil.copytree(judged_import, tmp_path / "run")
    assert audit("compare", run).returncode in (0, 3, 4)
    changed = _other_answer(run)
    result = audit("compare", run)
    assert result.returncode == 2, result.stdout
    assert str(changed.with_name("verdicts.rules.jsonl")) in result.stderr
    assert audit("score", run).returncode == 0
    stale = audit("report", run)
    assert (stale.returncode, "comparison.json" in stale.stderr) == (2, True)
    assert audit("compare", run).returncode in (0, 3, 4)
    assert audit("report", run).returncode == 0


def test_answers_of_a_model_that_was_asked_here_are_its_own(
    audit: Audit, finished_run: Path, tmp_path: Path
) -> None:
    """Words that nobody said cannot be put into the answers of an arm that was asked here."""
    run = shutil.copytree(finished_run, tmp_path / "run")
    changed = _other_answer(run)
    for command in ("score", "compare", "report", "generate"):
        result = audit(command, run)
        assert (result.returncode, str(changed) in result.stderr) == (2, True)


def test_the_candidate_is_the_arm_that_was_named(
    audit: Audit, judged_import: Path, tmp_path: Path
) -> None:
    """`audit check RUN --arm before` holds before against the baseline, and not after."""
    out, history = tmp_path / "check", ("--history", tmp_path / "h.sqlite")
    gate = tmp_path / "gate.yaml"
    gate.write_text("allow_unresolved: true\n")
    sides = ("--baseline", judged_import, "--baseline-arm", "before", "--arm", "before")
    result = audit("check", judged_import, *sides, "--out", out, "--gate", gate, *history)
    assert result.returncode in (0, 4), result.stderr
    before = (judged_import / "arms" / "before" / "responses.jsonl").read_bytes()
    assert (out / "arms" / "after" / "responses.jsonl").read_bytes() == before
    sides = ("--baseline", judged_import, "--arm", "step-7", "--gate", gate)
    missing = audit("check", judged_import, *sides, *history)
    assert missing.returncode == 2
    assert "step-7" in missing.stderr
