"""Do the pages of nights and of runs lead to the reports, fit a phone and suit everybody?"""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import Audit
from page_runs import make_run, twin_probes
from playwright.sync_api import Browser, Page

from audit.run.history import Baseline, Check, CheckedAxis, CheckedDifference, History
from audit.settings.gate import Gate

BLESSED_AT = "2026-01-01T00:00:00+00:00"
REASON = "what users have <since> March"


@pytest.fixture(scope="module")
def runs_page(audit: Audit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the page of two runs that differ in a setting."""
    folder = tmp_path_factory.mktemp("sweep")
    first = make_run(audit, folder, "beta-0.1", twin_probes(12))
    second = folder / "beta-0.3"
    shutil.copytree(first, second)
    config = second / "config.yaml"
    changed = config.read_text(encoding="utf-8").replace("beta: 0.1", "beta: 0.3")
    config.write_text(changed, encoding="utf-8")
    made = audit("report", first, second, "--out", folder / "runs.html")
    assert made.returncode == 0, made.stderr
    return folder / "runs.html"


@pytest.fixture(scope="module")
def nights_page(audit: Audit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the page of twelve nights against a blessed baseline, the third of them red."""
    folder = tmp_path_factory.mktemp("nights")
    history = History(folder / "history.sqlite")
    history.bless(Baseline("release", "runs/r", "after", "base", REASON, BLESSED_AT))
    for number in range(12):
        run = folder / "runs" / f"check-{number}"
        run.mkdir(parents=True)
        (run / "report.html").write_text(f"night {number}")
        (run / "report-redacted.html").write_text(f"redacted night {number}")
        history.add(_check(number, run, red=number == 2))
    page = folder / "nights.html"
    assert audit("history", "--history", history.path, "--html", page).returncode == 0
    return page


def _check(number: int, run: Path, *, red: bool) -> Check:
    worse = 0.12 if red else 0.01
    status = "regressed" if red else "inconclusive"
    found = CheckedAxis(CheckedDifference(worse, worse - 0.02, worse + 0.05), 0.05, status)
    return Check(
        checked_at=f"2026-02-{number + 1:02d}T03:00:00+00:00",
        candidate=f"checkpoints/step-{number:04d}",
        candidate_sha256=f"weights-{number}",
        baseline="/home/somebody/release",
        baseline_sha256="base",
        run=str(run),
        verdict=status,
        axes={"over_refusal": found},
        changes={"over_refusal": [(0.0, 300 - round(300 * worse)), (1.0, round(300 * worse))]},
        judge_sha256="judge",
        probes_sha256="probes",
        answers_sha256="answers",
        blessed_at=BLESSED_AT,
        gate=Gate(),
    )


@pytest.fixture(params=["nights_page", "runs_page"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """Open each page; it asks for nothing else and reports no trouble."""
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    troubles: list[str] = []
    opened.on("console", lambda message: troubles.append(message.text))
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.goto(request.getfixturevalue(request.param).resolve().as_uri())
    yield opened
    opened.close()
    assert troubles == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, scheme: Any) -> None:
    """In both colour schemes, at both widths."""
    page.emulate_media(color_scheme=scheme)
    for width in (1280, 400):
        page.set_viewport_size({"width": width, "height": 900})
        found = Axe().run(page).response["violations"]
        assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []


def test_it_fits_a_phone(page: Page) -> None:
    """Nothing but tables and charts scrolls sideways at 400 pixels."""
    page.set_viewport_size({"width": 400, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


@pytest.mark.parametrize("page", ["nights_page"], indirect=True)
def test_nights_are_headed_by_the_baseline_and_lead_to_reports(page: Page) -> None:
    """Name and reason, the last night first, red squares as the sentence says, points linked."""
    assert page.locator("h1").all_inner_texts() == ["release"]
    text = page.locator("main").inner_text()
    assert REASON in text
    assert "/home/somebody" not in text
    assert "1 red square: regressed on its own, on 2026-02-03." in text
    assert "so no alarm stands" in text
    assert "+1.0 (+0.0 since the check before)" in text
    squares = page.locator("svg a path[fill='#c2410c']")
    assert squares.count() == 1
    assert page.locator("svg a[href]").count() == 12
    assert page.locator("tbody tr").first.locator("td").first.inner_text().startswith("2026-02-12")
    squares.click()
    assert page.locator("body").inner_text() == "night 2"


def test_nights_lead_to_redacted_reports_where_these_are_uploaded(
    audit: Audit, nights_page: Path
) -> None:
    """With --redact no point and no row leads to an answer to a harmful probe."""
    out = nights_page.with_name("redacted.html")
    history = nights_page.with_name("history.sqlite")
    assert audit("history", "--history", history, "--html", out, "--redact").returncode == 0
    text = out.read_text(encoding="utf-8")
    assert text.count("report-redacted.html") == 24
    assert "/report.html" not in text


@pytest.mark.parametrize("page", ["runs_page"], indirect=True)
def test_runs_are_sorted_by_a_press_and_lead_to_their_reports(page: Page) -> None:
    """The differing setting has a column and a plane, a second press turns the order round."""
    names = page.locator("tbody th")
    assert names.all_inner_texts() == ["beta-0.1", "beta-0.3"]
    head = page.get_by_role("button", name="train.beta")
    head.click()
    head.click()
    assert names.all_inner_texts() == ["beta-0.3", "beta-0.1"]
    assert head.locator("..").get_attribute("aria-sort") == "descending"
    assert page.locator("svg a[href]").count() == 2
    page.locator("tbody a", has_text="beta-0.3").click()
    assert page.url.endswith("beta-0.3/report.html")


def test_a_night_that_was_checked_alone_has_a_page(tmp_path: Path) -> None:
    """One check, without a blessing and without a report, is shown and leads nowhere."""
    from reports.comparison.nights import nights_of
    from reports.page.nights import nights_page as render

    history = History(tmp_path / "history.sqlite")
    check = replace(_check(0, tmp_path / "gone", red=False), blessed_at=None)
    history.add(check)
    text = render([nights_of(history, check)], tmp_path / "nights.html")
    assert "<h1" in text
    assert "href=" not in text
