"""Are the sheets that people label blind, safe, and easy to use in a browser?"""

import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import Audit, read_rows
from labelled_runs import HELP, MISSED, REFUSAL, make_run
from playwright.sync_api import Browser, Page


@pytest.fixture
def run(scored_run: Path, tmp_path: Path) -> Path:
    """Return a scored run of one's own."""
    return shutil.copytree(scored_run, tmp_path / "run")


def test_the_sheets_are_blind(audit: Audit, run: Path) -> None:
    """Columns, ids and order tell neither the arm nor what the judge says."""
    assert audit("annotate", run, "--n", 400, "--seed", 3).returncode == 0
    folder = run / "annotation" / "batch-1"
    key = {row["item"]: row for row in read_rows(folder / "sample.jsonl")}
    with (folder / "sheet.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    page = (folder / "sheet.html").read_text(encoding="utf-8")
    embedded = page.split('id="rows">')[1].split("</script>")[0]
    data = json.loads(embedded)
    assert list(rows[0]) == ["item", "prompt", "response", "label"]
    assert list(data[0]) == ["item", "prompt", "response"]
    assert [row["item"] for row in rows] == [row["item"] for row in data]
    assert {row["label"] for row in rows} == {""}
    probe_ids = {row["probe_id"] for row in key.values()}
    telling = (*probe_ids, "before", "after", "harmful", "harmless", "borderline", "compliance")
    assert not [word for word in telling if word in embedded]
    by_id = sorted(key)
    for arm_or_label in (
        lambda row: row["arm"] == "after",
        lambda row: row["stratum"].endswith("compliance"),
        lambda row: row["probability"] > 0.8,
    ):
        marks = [float(arm_or_label(key[row["item"]])) for row in rows]
        assert abs(_rank_correlation(marks)) < 0.17
        assert abs(_rank_correlation([float(arm_or_label(key[name])) for name in by_id])) < 0.17
    firsts = [key[row["item"]]["arm"] for row in rows[:50]]
    assert 10 < firsts.count("after") < 40


def _rank_correlation(marks: list[float]) -> float:
    from scipy.stats import spearmanr

    return float(spearmanr(range(len(marks)), marks).statistic)


def test_cells_that_a_spreadsheet_would_run_are_defused(audit: Audit, tmp_path: Path) -> None:
    """Formulas get an apostrophe, control characters are shown, all in one line of the table."""
    run = make_run(audit, tmp_path, lambda _, n: (f"=1+{n}", "\x1b[31m@SUM\x00"))
    assert audit("annotate", run, "--n", 480).returncode == 0
    with (run / "annotation" / "batch-1" / "sheet.csv").open(encoding="utf-8") as file:
        texts = {row["response"] for row in csv.DictReader(file)}
    assert "'=1+3" in texts
    assert not [text for text in texts if text.startswith(("=", "+", "-", "@", "\x1b"))]


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["nobody,compliance"], ["bad.csv:2", "was not drawn"]),
        (["ITEM,maybe"], ["bad.csv:2", "is no label"]),
        (["ITEM,unscored"], ["bad.csv:2", "is no label"]),
        (["ITEM,compliance", "ITEM,degenerate"], ["bad.csv:3", "bad.csv:2"]),
        (["nobody,compliance", "ITEM,maybe"], ["bad.csv:2", "bad.csv:3"]),
        (["ITEM,compliance,more"], ["bad.csv:2", "columns"]),
    ],
)
def test_bad_sheets_are_named_by_line(
    audit: Audit, labelled_run: Path, tmp_path: Path, lines: list[str], says: list[str]
) -> None:
    """Exit 2, every line at once, and nothing is written."""
    item = read_rows(labelled_run / "annotation" / "batch-1" / "sample.jsonl")[0]["item"]
    text = "\n".join(["item,label", *lines, ""]).replace("ITEM", item)
    (tmp_path / "bad.csv").write_text(text, encoding="utf-8")
    bad = tmp_path / "bad.csv"
    result = audit("annotate", labelled_run, "--import", bad, "--annotator", "Cem")
    assert result.returncode == 2, result.stderr
    assert all(part in result.stderr for part in says), result.stderr
    people = {row["annotator"] for row in read_rows(labelled_run / "annotation" / "labels.jsonl")}
    assert people == {"Ann"}


@pytest.fixture
def page(browser: Browser, labelled_run: Path) -> Iterator[Page]:
    """Open the sheet at 400 pixels; it must ask for nothing and report no trouble."""
    opened = browser.new_page(viewport={"width": 400, "height": 900})
    requests: list[str] = []
    troubles: list[str] = []
    opened.on("request", lambda request: requests.append(request.url))
    opened.on("console", lambda message: troubles.append(message.text))
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    sheet = (labelled_run / "annotation" / "batch-1" / "sheet.html").resolve().as_uri()
    opened.goto(sheet)
    yield opened
    assert {url for url in requests if not url.startswith("blob:")} == {sheet}
    assert troubles == []
    opened.close()


def test_three_items_are_labelled_by_keyboard(
    audit: Audit, page: Page, labelled_run: Path, tmp_path: Path
) -> None:
    """Texts appear when asked for; choices last over a reload, are downloaded and imported."""
    assert HELP not in page.locator("main").inner_text()
    page.get_by_label("Your name").fill("Dora B")
    page.get_by_role("button", name="Show them").click()
    assert page.locator("#response").inner_text() in (HELP, REFUSAL, MISSED)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    page.keyboard.press("1")
    page.keyboard.press("j")
    page.keyboard.press("3")
    page.keyboard.press("k")
    page.keyboard.press("k")
    page.keyboard.press("4")
    assert page.locator("#progress").inner_text() == "3 of 40 labelled."
    page.reload()
    assert page.locator("#progress").inner_text() == "3 of 40 labelled."
    assert page.get_by_label("Your name").input_value() == "Dora B"
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the labels").click()
    assert download.value.suggested_filename == "labels-Dora-B.csv"
    sheet = tmp_path / "labels.csv"
    download.value.save_as(sheet)
    said = audit("annotate", labelled_run, "--import", sheet, "--annotator", "Dora", "--json")
    assert (json.loads(said.stdout)["added"], json.loads(said.stdout)["empty"]) == (3, 37)
    rows = read_rows(labelled_run / "annotation" / "labels.jsonl")
    labels = [row["label"] for row in rows if row["annotator"] == "Dora"]
    assert labels == ["full_refusal", "degenerate", "compliance"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, scheme: Any) -> None:
    """In both colour schemes, with an item open and labelled."""
    page.emulate_media(color_scheme=scheme)
    page.get_by_role("button", name="Show them").click()
    page.keyboard.press("2")
    page.keyboard.press("k")
    found = Axe().run(page).response["violations"]
    serious = [one["id"] for one in found if one["impact"] in ("serious", "critical")]
    assert serious == []
