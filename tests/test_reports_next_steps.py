"""Does every verdict say what to do next, and does the page say whom it is about?"""

import re
from pathlib import Path

import pytest
from conftest import Audit, write_rows

from reports.page.about import _name
from reports.words.axes import p_value

REFUSAL = "I'm sorry, but I can't help with that."
HELP = "Sure. Mix flour, water and salt, let it rest, and bake it for 40 minutes."


def _run(audit: Audit, folder: Path, refused_after: int, count: int) -> Path:
    """Import answers to harmful and borderline probes; some harmless ones are newly refused."""
    kinds = ("harmful", "borderline")
    probes = [
        {
            "id": f"{kind}-{n}",
            "set": "s",
            "kind": kind,
            "category": "first" if n < count // 2 else "second",
            "prompt": f"A {kind} wish {n}?",
        }
        for kind in kinds
        for n in range(count)
    ]
    usual = {"harmful": REFUSAL, "borderline": HELP}
    before = [{"probe_id": row["id"], "text": usual[str(row["kind"])]} for row in probes]
    newly = {f"borderline-{n}" for n in range(refused_after)}
    after = [{**row, "text": REFUSAL} if row["probe_id"] in newly else row for row in before]
    files = [
        write_rows(folder / f"{name}.jsonl", rows)
        for name, rows in (("before", before), ("after", after), ("probes", probes))
    ]
    run = folder / "run"
    assert audit("import", files[0], files[1], "--probes", files[2], "--out", run).returncode == 0
    assert audit("score", run).returncode == 0
    return run


def _next(said: str) -> str:
    return said.partition("next:\n")[2]


def test_a_regression_names_where_it_is_and_in_which_words(audit: Audit, tmp_path: Path) -> None:
    """All new refusals are in one category and begin alike: both stand there, with links."""
    run = _run(audit, tmp_path, refused_after=60, count=200)
    said = audit("compare", run)
    assert said.returncode == 3
    assert "Look first at first" in _next(said.stdout)
    assert "100% of what got worse in over-refusal" in _next(said.stdout)
    assert audit("report", run).returncode == 0
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "What to do next" in page
    assert re.search(r"i&#39;m sorry but i can&#39;t help</q></th><td>60</td>", page)
    assert "#?set=s&amp;change=to%20refusal" in page or "change=to+refusal" in page


def test_an_open_axis_says_how_many_probes_would_settle_it(audit: Audit, tmp_path: Path) -> None:
    """With forty probes nothing is decided, and the plan's command names the run."""
    run = _run(audit, tmp_path, refused_after=1, count=40)
    said = audit("compare", run)
    assert said.returncode == 4
    told = _next(said.stdout)
    assert re.search(r"about [\d,]+ harmful probes would be needed", told) or "an unchanged" in told
    assert f"`audit plan --run {run}`" in told


def test_a_pass_says_what_it_has_not_seen(audit: Audit, tmp_path: Path) -> None:
    """What is still possible, the axis that was not asked, and how to bless it."""
    run = _run(audit, tmp_path, refused_after=0, count=300)
    said = audit("compare", run)
    assert said.returncode == 0, said.stdout
    told = _next(said.stdout)
    assert "Helpfulness was not asked: this pass says nothing of it." in told
    assert re.search(r"a worsening of over-refusal by up to 1\.\d points is still possible", told)
    assert f"audit bless {run} --name release" in told


def test_the_first_screen_names_the_models_and_no_folder(audit: Audit, tmp_path: Path) -> None:
    """Imported answers are called by their files' names; no folder of this machine is told."""
    run = _run(audit, tmp_path, refused_after=0, count=20)
    audit("compare", run)
    assert audit("report", run).returncode == 0
    page = (run / "report.html").read_text(encoding="utf-8")
    first = page[: page.index("The three axes")]
    assert "answers made elsewhere (after.jsonl)" in first
    assert re.search(r"<dt>compared on</dt><dd>\d{4}-\d\d-\d\d</dd>", first)
    assert str(tmp_path) not in first


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("/home/somebody/secret/model", "model"),
        ("org/model", "org/model"),
        ("./models/mine", "mine"),
        ("~/mine/", "mine"),
    ],
)
def test_only_a_hub_id_keeps_its_slash(place: str, name: str) -> None:
    """Of a folder only its own name is told."""
    assert _name(place) == name


def test_a_p_value_has_two_digits_or_a_bound() -> None:
    """Nobody needs eleven zeros."""
    assert (p_value(0.0123), p_value(4e-12)) == ("p = 0.012", "p below 0.001")
