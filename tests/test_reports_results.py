"""Are comparison.json and arms.json read by their version, and refused with their place?"""

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Audit
from page_runs import make_run, twin_probes

from audit.errors import InputError
from audit.run.directory import RunDirectory
from reports.results.arms import read_arms
from reports.results.comparison import read_comparison, write_comparison


@pytest.fixture(scope="module")
def run(audit: Audit, tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A compared run of a few probes."""
    return RunDirectory(make_run(audit, tmp_path_factory.mktemp("results"), "run", twin_probes(6)))


def test_what_is_read_is_what_was_written(run: RunDirectory) -> None:
    """Writing a comparison that was read gives the same bytes, and keeps no former one."""
    before = run.comparison.read_bytes()
    write_comparison(run, read_comparison(run))
    assert run.comparison.read_bytes() == before
    assert not (run.root / "comparisons").exists()
    assert [row.arm for row in read_arms(run).arms] == ["before", "after"]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("", "is not JSON"),
        ('{"version": 1, "before": "bef', "is not JSON"),
        ("null", "NoneType in place of an object"),
        ("[1, 2]", "list in place of an object"),
        ('{"before": "before"}', "has no version"),
        ('{"version": 99}', "has the version 99"),
        ('{"version": 1}', '"axes"'),
        ('{"version": 1, "confidence": NaN}', "NaN is no number"),
    ],
)
def test_a_damaged_or_older_file_is_refused_with_its_place(
    tmp_path: Path, content: str, what: str
) -> None:
    """By the file's name, what is wrong with it, and the command that mends it."""
    damaged = RunDirectory(tmp_path)
    damaged.comparison.write_text(content)
    with pytest.raises(InputError) as error:
        read_comparison(damaged)
    assert str(damaged.comparison) in str(error.value)
    assert what in str(error.value)
    assert f"run `audit compare {tmp_path}` again" in str(error.value)


def test_no_command_shows_a_traceback_of_a_torn_file(audit: Audit, run: RunDirectory) -> None:
    """Reports end with exit code 2, and comparing again mends it and keeps the torn one."""
    whole = run.comparison.read_text()
    run.comparison.write_text(whole[: len(whole) // 2])
    shown = audit("report", run.root)
    assert shown.returncode == 2
    assert "comparison.json" in shown.stderr
    assert audit("annotate", run.root, "--status").returncode == 2
    assert audit("compare", run.root).returncode in (0, 3, 4)
    assert run.comparison.read_text() == whole
    assert len(list((run.root / "comparisons").iterdir())) == 1


def test_a_misread_field_is_named(run: RunDirectory, tmp_path: Path) -> None:
    """A rate that is a word is named by its place in the file."""
    found: dict[str, Any] = json.loads(run.comparison.read_text())
    found["axes"]["over_refusal"]["before"]["rate"] = "half"
    other = RunDirectory(tmp_path)
    other.comparison.write_text(json.dumps(found))
    with pytest.raises(InputError, match=r"axes.over_refusal.before.rate"):
        read_comparison(other)


def test_an_axis_that_nobody_could_score_stands_in_every_output(
    audit: Audit, tmp_path: Path
) -> None:
    """With no harmful probe answered after: the files, the page and the terminal say so."""
    probes = twin_probes(12)
    after = [
        {"probe_id": row["id"], "text": "Sure. First take the blue one, then put it on the table."}
        for row in probes
        if row["kind"] != "harmful"
    ]
    root = make_run(audit, tmp_path, "unscored", probes, after)
    axis = json.loads((root / "comparison.json").read_text())["axes"]["harmful_compliance"]
    assert (axis["status"], axis["after"]["n"], axis["after"]["rate"]) == ("inconclusive", 0, None)
    said = "none of its 12 probes is scored"
    for name in ("summary.md", "junit.xml", "report.html", "export/model-card.md"):
        assert said in (root / name).read_text(encoding="utf-8"), name
    compared = audit("compare", root)
    assert compared.returncode == 4
    assert said in compared.stdout.split("\n")[2]
    assert "harmful_compliance,,0.0,1.0,0" in (root / "export" / "axes.csv").read_text()
