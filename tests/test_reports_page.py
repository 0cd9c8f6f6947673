"""Does the page show what a reviewer needs, hide what must be asked for, and run nothing else?"""

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import Audit
from page_runs import REFUSAL, WISH, count_of
from playwright.sync_api import Browser, Page


@pytest.fixture
def page(browser: Browser, page_run: Path) -> Iterator[Page]:
    """Open the report; it must ask for nothing and report no trouble, whatever is done to it."""
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    requests: list[str] = []
    troubles: list[str] = []
    opened.on("request", lambda request: requests.append(request.url))
    opened.on("console", lambda message: troubles.append(message.text))
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.goto((page_run / "report.html").resolve().as_uri())
    yield opened
    asked_for = {url.split("#")[0] for url in requests}
    assert asked_for <= {(page_run / "report.html").resolve().as_uri(), "about:blank"}
    assert troubles == []
    opened.close()


def test_filters_narrow_the_answers(page: Page) -> None:
    """Axis, change and search work together, and the link keeps them."""
    assert count_of(page) == "60 of 60 probes"
    page.locator("#filter-axis").select_option("over_refusal")
    assert count_of(page) == "30 of 60 probes"
    page.locator("#filter-change").select_option("worse")
    assert count_of(page) == "30 of 60 probes"
    page.locator("#filter-category").select_option("c1")
    assert count_of(page) == "8 of 60 probes"
    page.locator("#filter-q").fill("bread borderline-001")
    assert count_of(page) == "1 of 60 probes"
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    assert count_of(page) == "1 of 60 probes"


def test_every_number_leads_to_its_answers(page: Page) -> None:
    """Of a card, of a table, of a twin pair, and of points and bars of the pictures."""
    address = page.url
    for place, number, wanted in (
        ("article.regressed .rates strong a", "30 of 60 probes", "axis: Over-refusal"),
        ("article.regressed dd a", "30 of 60 probes", "change: changed sides"),
        ("section[aria-labelledby=changes] td a", "30 of 60 probes", "set: own"),
        ("#arm-after td a", "15 of 60 probes", "after: compliance"),
        (
            ".on-desk a[href*='label=refused']",
            "45 of 60 probes",
            "after: refused, in full",
        ),
        (".on-desk a[href*='category=c1']", "8 of 60 probes", "category: c1"),
    ):
        page.goto(address)
        page.locator(place).first.dispatch_event("click")
        page.wait_for_function("document.querySelector('#show-all').hidden === false")
        assert (count_of(page), wanted in page.locator("#answer-wanted").inner_text()) == (
            number,
            True,
        )
    page.locator("#show-all").click()
    assert count_of(page) == "60 of 60 probes"


def test_answers_are_grouped_by_category_and_by_wording(page: Page) -> None:
    """A heading with its number for each; the tools stay in view while one reads on."""
    page.locator("#filter-group").select_option("wording")
    heads = page.locator("#answer-list .group h3")
    assert heads.all_inner_texts() == ["i'm sorry but i can't help · 30", "other words · 30"]
    page.locator("#filter-group").select_option("category")
    assert heads.count() == 3, "of forty listed, in groups of sixteen and fourteen"
    page.locator("#answer-more").scroll_into_view_if_needed()
    assert page.locator("#answer-tools").evaluate("tools => tools.getBoundingClientRect().top") == 0


def test_harmful_probes_are_shown_only_when_asked_for(page: Page) -> None:
    """Neither question nor answer is drawn before the button is pressed."""
    page.locator("#filter-axis").select_option("harmful_compliance")
    row = page.locator(".answer-row").first
    row.locator("summary").click()
    assert WISH not in page.locator("#answer-list").inner_text()
    row.locator("button").click()
    assert WISH in row.inner_text()
    assert page.locator("#answer-list").inner_text().count(WISH) == 1
    page.locator("#show-harmful").check()
    assert page.locator("#answer-list").inner_text().count(WISH) == 30


def test_a_link_opens_its_answer_with_words_and_evidence_marked(page: Page) -> None:
    """The answer after is a refusal, marked as evidence, and an emoji shifts nothing."""
    page.goto(page.url.split("#")[0] + "#?probe=borderline-001")
    row = page.locator("#probe-borderline-001")
    assert row.locator("mark").all_inner_texts() == [REFUSAL.rstrip(".")]
    assert "".join(row.locator("del").all_inner_texts()).startswith("\U0001f600 Sure.")
    assert "harmful-001" in row.inner_text()


def test_everything_is_reached_by_keyboard(page: Page) -> None:
    """Slash searches, j and k walk, Enter opens."""
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "filter-q"
    page.keyboard.type("bread")
    page.keyboard.press("Tab")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    assert page.locator(".answer-row[open]").count() == 1
    assert page.locator(".answer-row").first.get_attribute("open") is not None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, scheme: Any) -> None:
    """In both colour schemes, with an answer open."""
    page.emulate_media(color_scheme=scheme)
    page.locator(".answer-row summary").first.click()
    found = Axe().run(page).response["violations"]
    serious = [one["id"] for one in found if one["impact"] in ("serious", "critical")]
    assert serious == []


def test_it_fits_a_phone_and_a_printer(page: Page, tmp_path: Path) -> None:
    """Nothing but tables and charts scrolls sideways at 400 pixels; print makes pages."""
    page.set_viewport_size({"width": 400, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    page.pdf(path=str(tmp_path / "report.pdf"))
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


def test_what_changed_sides_is_printed_with_its_texts(page: Page) -> None:
    """Opened for the printer and closed again; what is hidden stays hidden."""
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    opened = page.locator(".answer-row[open]")
    assert opened.count() == 30
    assert REFUSAL in opened.first.inner_text()
    assert WISH not in page.locator("#answer-list").inner_text()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert opened.count() == 0


def test_print_holds_every_section(page: Page, tmp_path: Path) -> None:
    """What is folded away on the screen is printed, answers stay as they are, sign-off is whole."""
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("pdftotext is not installed")
    page.pdf(path=str(tmp_path / "report.pdf"), format="A4")
    command = [reader, str(tmp_path / "report.pdf"), "-"]  # a cell's lines together
    sheets = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\f")
    printed = " ".join("\n".join(sheets).split())
    headings = page.locator("h1, h2").all_inner_texts()
    assert len(headings) == 9
    assert [heading for heading in headings if heading not in printed] == []
    for folded in (
        "p of a worsening, all categories allowed for",
        "made elsewhere",
        "max_over_refusal_increase",
    ):
        assert folded in printed
    assert "partial refusals" not in printed, "the built-in judge hardly tells them"
    assert WISH not in printed
    assert "hidden until opened" in printed
    assert "Printed are the probes" in printed
    signed = [sheet for sheet in sheets if "owner of the model" in sheet]
    assert len(signed) == 1
    assert "Sign-off" in signed[0]
    assert "release" in signed[0]
    assert len(sheets) < 12


def test_redacted_copies_hold_no_harmful_text(audit: Audit, page_run: Path) -> None:
    """Neither the question nor an answer to it is in the file; other answers are."""
    result = audit("report", page_run, "--redact")
    assert result.stdout.strip().endswith("report-redacted.html")
    text = (page_run / "report-redacted.html").read_text(encoding="utf-8")
    assert WISH in (page_run / "report.html").read_text(encoding="utf-8")
    assert WISH not in text
    data = text.split('id="rows">')[1].split("</script>")[0]
    for row in json.loads(data):
        assert (row["before"]["text"] is None) == (row["kind"] == "harmful")
        assert (row["before"]["changed"] == []) or row["kind"] != "harmful"


def test_the_same_run_gives_the_same_bytes(audit: Audit, page_run: Path) -> None:
    """Rendered twice, in two processes."""
    first = (page_run / "report.html").read_bytes()
    assert audit("report", page_run).returncode == 0
    assert (page_run / "report.html").read_bytes() == first


def test_rendering_loads_no_statistics(page_run: Path) -> None:
    """The page and all beside it come from the run's files, so nothing is computed anew."""
    program = (
        "import sys; from pathlib import Path; from audit.run.directory import RunDirectory; "
        "from audit.jobs.stages import report; report(RunDirectory(Path(sys.argv[1]))); "
        "print(sorted({'scipy', 'statsmodels', 'pandas'} & sys.modules.keys()))"
    )
    command = [sys.executable, "-c", program, str(page_run)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_tables_and_texts_lie_beside_the_page(page_run: Path) -> None:
    """Every answer is in the table, and what begins like a formula is defused."""
    with (page_run / "export" / "answers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 120
    assert {row["label"] for row in rows} == {"compliance", "full_refusal"}
    card = (page_run / "export" / "model-card.md").read_text(encoding="utf-8")
    assert "| Over-refusal" in card
    assert (page_run / "export" / "tradeoff.png").read_bytes().startswith(b"\x89PNG")
    from reports.words.csv_text import as_csv

    assert "'=1+1" in as_csv([{"text": "=1+1"}])
