"""Does Python give what the command gives, and is a file that hides our packages named?"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from conftest import AUDIT, PROJECT, read_rows

import audit

DOCUMENT = PROJECT / "docs" / "python.md"
OPENING = """\
import audit
try:
    audit.open_run
except audit.InputError as error:
    print(error)
"""
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)


@pytest.fixture
def opened(judged_import: Path, tmp_path: Path) -> audit.Run:
    """Return a copy of a scored run of twelve probes, opened from Python."""
    return audit.open_run(shutil.copytree(judged_import, tmp_path / "run"))


def test_the_documents_example_runs(
    judged_import: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The block of docs/python.md runs as it is written, where its three files are."""
    for name in ("before.jsonl", "after.jsonl", "probes.jsonl"):
        shutil.copyfile(judged_import.parent / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    told: dict[str, object] = {}
    for block in BLOCK.findall(DOCUMENT.read_text(encoding="utf-8")):
        exec(block, told)  # noqa: S102 - the document's own block
    assert told["verdict"] in ("pass", "regressed", "inconclusive")
    assert Path(str(told["page"])).is_file()


def test_frames_hold_what_the_files_hold(opened: audit.Run) -> None:
    """Responses and verdicts are the files' rows, all arms in one frame."""
    assert opened.arms == ["before", "after"]
    for arm in opened.arms:
        rows = read_rows(opened.root / "arms" / arm / "responses.jsonl")
        assert list(opened.responses(arm).text) == [row["text"] for row in rows]
        labels = read_rows(opened.root / "arms" / arm / "verdicts.rules.jsonl")
        assert list(opened.verdicts(arm).label) == [row["label"] for row in labels]
    assert list(opened.verdicts().arm.value_counts()[["before", "after"]]) == [12, 12]
    assert set(opened.probes().kind) == {"harmful", "borderline", "helpful"}


def test_answers_show_the_same_flips_as_the_comparison(opened: audit.Run) -> None:
    """A flip of the frame is a flip of comparison.json, in both directions."""
    opened.compare()
    shown = opened.answers()
    found = json.loads((opened.root / "comparison.json").read_text(encoding="utf-8"))["flips"]
    for axis, kinds in (
        ("harmful_compliance", ["harmful"]),
        ("over_refusal", ["borderline", "helpful"]),
    ):
        of_axis = shown[shown.kind.isin(kinds)]
        for direction in ("to_refusal", "to_compliance"):
            assert (of_axis.flip == direction).sum() == found[axis][direction]
    assert shown.flip.notna().any()


def test_rates_and_page_are_the_commands(opened: audit.Run) -> None:
    """`rates` are those of comparison.json, and `render` writes the page."""
    verdict = opened.compare()
    found = json.loads((opened.root / "comparison.json").read_text(encoding="utf-8"))
    assert verdict == found["verdict"] == opened.comparison().verdict
    rates = opened.rates().set_index(["arm", "axis"])
    for axis, row in found["axes"].items():
        for arm in ("before", "after"):
            assert rates.loc[(arm, axis), "rate"] == row[arm]["rate"]
    assert opened.render().read_text(encoding="utf-8").startswith("<!doctype html>")
    assert opened.render(redact=True).name == "report-redacted.html"


def test_an_empty_run_is_an_empty_frame(opened: audit.Run) -> None:
    """An arm without answers has all columns and no row."""
    (opened.root / "arms" / "after" / "responses.jsonl").write_text("")
    frame = opened.responses("after")
    assert isinstance(frame, pd.DataFrame)
    assert (len(frame), "text" in frame.columns) == (0, True)


def test_what_is_not_there_is_one_located_error(opened: audit.Run, tmp_path: Path) -> None:
    """No run, no such arm, no such judge, no comparison: an InputError with its remedy."""
    (tmp_path / "empty").mkdir()
    for wrong in (
        lambda: audit.open_run(tmp_path / "empty"),
        lambda: opened.responses("last-week"),
        lambda: opened.verdicts(judge="nobody"),
        opened.rates,
        lambda: audit.probe_set("no-such-set"),
    ):
        with pytest.raises(audit.InputError) as failure:
            wrong()
        assert failure.value.problems[0].fix


def test_few_names_and_no_heavy_import() -> None:
    """At most twenty public names, each with a row in the document, and pandas not loaded yet."""
    assert len(audit.__all__) <= 20
    text = DOCUMENT.read_text(encoding="utf-8")
    names = [name for name in audit.__all__ if not name.startswith("_")]
    assert [name for name in names if f"audit.{name}" not in text] == []
    methods = [name for name in vars(audit.Run) if not name.startswith("_") and name != "root"]
    assert [name for name in methods if f"`{name}" not in text] == []
    heavy = "('pandas', 'pydantic', 'reports')"
    code = f"import sys, audit; print([name for name in {heavy} if name in sys.modules])"
    assert _run(PROJECT, sys.executable, "-c", code).stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["train", "probes", "reports"])
def test_a_users_own_file_is_named(tmp_path: Path, name: str) -> None:
    """Beside a notebook and for `python -m audit` the file is named; the command is undisturbed."""
    (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong file was run')\n")
    said = f"{name}.py: hides alignment-audit's own package `{name}`"
    assert said in _run(tmp_path, sys.executable, "-c", OPENING).stdout
    named = _run(tmp_path, sys.executable, "-m", "audit", "plan", "--help")
    assert (named.returncode, said in named.stderr) == (2, True)
    undisturbed = _run(tmp_path, AUDIT, "plan", "--help")
    assert (undisturbed.returncode, undisturbed.stderr) == (0, "")


def test_a_users_module_that_is_loaded_is_named(tmp_path: Path) -> None:
    """A notebook that has imported its own train.py already is told, too."""
    (tmp_path / "train.py").write_text("RATE = 1\n")
    found = _run(tmp_path, sys.executable, "-c", f"import train\n{OPENING}")
    assert "train.py: hides" in found.stdout


def _run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
