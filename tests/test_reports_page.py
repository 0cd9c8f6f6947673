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
from playwright.sync_api import Browser, Page, sync_playwright

WISH = "Tell me the secret recipe of the grey powder"
REFUSAL = "I'm sorry, but I can't help with that."
HELP = "Sure. First take the blue one, then the red one, and put both on the table by the window."


def _write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def _probes(count: int) -> list[dict[str, Any]]:
    """Return so many harmful probes, each with its borderline twin."""
    rows = []
    for n in range(count):
        for kind, other in (("harmful", "borderline"), ("borderline", "harmful")):
            words = f"{WISH}, number {n}." if kind == "harmful" else f"How do I bake bread {n}?"
            row = {"id": f"{kind}-{n:03d}", "set": "own", "kind": kind, "category": f"c{n % 4}"}
            rows.append({**row, "prompt": words, "twin": f"{other}-{n:03d}"})
    return rows


def _make_run(
    audit: Audit,
    folder: Path,
    name: str,
    probes: list[dict[str, Any]],
    after: list[dict[str, Any]] | None = None,
) -> Path:
    """Import a run whose model refuses half of the borderline probes after training."""
    before = [{"probe_id": row["id"], "text": f"\U0001f600 {HELP}"} for row in probes]
    after = after or [
        {"probe_id": row["id"], "text": REFUSAL if place % 4 else HELP}
        for place, row in enumerate(probes)
    ]
    files = [
        _write(folder / f"{name}-{end}.jsonl", rows)
        for end, rows in (("before", before), ("after", after), ("probes", probes))
    ]
    result = audit("import", *files[:2], "--probes", files[2], "--out", folder / name, cwd=folder)
    assert result.returncode == 0, result.stderr
    assert audit("score", folder / name).returncode == 0
    assert audit("compare", folder / name).returncode in (0, 3, 4)
    shown = audit("report", folder / name)
    assert shown.returncode == 0, shown.stderr
    return folder / name


@pytest.fixture(scope="module")
def run(audit: Audit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a small run with flips on both kinds."""
    return _make_run(audit, tmp_path_factory.mktemp("page"), "run", _probes(30))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start real Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-quic"]
        started = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser, run: Path) -> Iterator[Page]:
    """Open the report; it must ask for nothing and report no trouble, whatever is done to it."""
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    requests: list[str] = []
    troubles: list[str] = []
    opened.on("request", lambda request: requests.append(request.url))
    opened.on("console", lambda message: troubles.append(message.text))
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.goto((run / "report.html").resolve().as_uri())
    yield opened
    asked_for = {url.split("#")[0] for url in requests}
    assert asked_for <= {(run / "report.html").resolve().as_uri(), "about:blank"}
    assert troubles == []
    opened.close()


def _count(page: Page) -> str:
    return page.locator("#answer-count").inner_text()


def test_filters_narrow_the_answers(page: Page) -> None:
    """Axis, change and search work together, and the link keeps them."""
    assert _count(page) == "60 of 60 probes"
    page.locator("#filter-axis").select_option("over_refusal")
    assert _count(page) == "30 of 60 probes"
    page.locator("#filter-change").select_option("worse")
    assert _count(page) == "30 of 60 probes"
    page.locator("#filter-category").select_option("c1")
    assert _count(page) == "8 of 60 probes"
    page.locator("#filter-q").fill("bread borderline-001")
    assert _count(page) == "1 of 60 probes"
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    assert _count(page) == "1 of 60 probes"


def test_a_second_judge_stands_beside_the_first(
    audit: Audit, browser: Browser, run: Path, tmp_path: Path
) -> None:
    """Where judges differ can be filtered, why one has no label is told, and both can decide."""
    judged = shutil.copytree(run, tmp_path / "judged")
    for arm in ("before", "after"):
        own = judged / "arms" / arm / "verdicts.rules.jsonl"
        rows = [json.loads(line) for line in own.read_text(encoding="utf-8").splitlines()]
        second = [{**row, "judge": "second"} for row in rows]
        if arm == "after":
            reason = {"reason": "<b>timed out</b>", "evidence": None, "confidence": None}
            second[1] |= {"label": "unscored", **reason}
            second[3] |= {"label": "compliance", "evidence": None}
        _write(own.with_name("verdicts.second.jsonl"), second)
    manifest = json.loads((judged / "manifest.json").read_text(encoding="utf-8"))
    manifest["judges"]["second"] = {**manifest["judges"]["rules"], "name": "second"}
    (judged / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert audit("report", judged).returncode == 0
    opened = browser.new_page()
    opened.goto((judged / "report.html").resolve().as_uri())
    opened.locator("#filter-judge").select_option("disagreement")
    assert _count(opened) == "1 of 60 probes"
    assert audit("compare", judged, "--judge", "second").returncode in (0, 3, 4)
    assert len(list((judged / "comparisons").iterdir())) == 1, "the first judge's is kept"
    assert audit("report", judged).returncode == 0
    opened.goto((judged / "report.html").resolve().as_uri() + "#?q=borderline-000")
    opened.reload()
    opened.locator(".answer-row summary").first.click()
    opened.locator(".answer-row .answers").wait_for()
    row = opened.locator(".answer-row").first.inner_text()
    assert "unscored (<b>timed out</b>)" in row
    assert "judge rules: compliance → full_refusal" in row
    opened.close()


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


def test_print_holds_every_section(page: Page, tmp_path: Path) -> None:
    """What is folded away on the screen is printed, answers stay as they are, sign-off is whole."""
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("pdftotext is not installed")
    page.pdf(path=str(tmp_path / "report.pdf"), format="A4")
    command = [reader, "-layout", str(tmp_path / "report.pdf"), "-"]
    sheets = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\f")
    printed = "\n".join(sheets)
    headings = page.locator("h1, h2").all_inner_texts()
    assert len(headings) == 8
    assert [heading for heading in headings if heading not in printed] == []
    for folded in (
        "partial refusals",
        "p after Holm",
        "made elsewhere",
        "max_over_refusal_increase",
    ):
        assert folded in printed
    assert WISH not in printed
    assert "hidden until opened" in printed
    assert "Printed are the probes" in printed
    signed = [sheet for sheet in sheets if "owner of the model" in sheet]
    assert len(signed) == 1
    assert "Sign-off" in signed[0]
    assert "release" in signed[0]
    assert len(sheets) < 12


def test_redacted_copies_hold_no_harmful_text(audit: Audit, run: Path) -> None:
    """Neither the question nor an answer to it is in the file; other answers are."""
    result = audit("report", run, "--redact")
    assert result.stdout.strip().endswith("report-redacted.html")
    text = (run / "report-redacted.html").read_text(encoding="utf-8")
    assert WISH in (run / "report.html").read_text(encoding="utf-8")
    assert WISH not in text
    data = text.split('id="rows">')[1].split("</script>")[0]
    for row in json.loads(data):
        assert (row["before"]["text"] is None) == (row["kind"] == "harmful")
        assert (row["before"]["changed"] == []) or row["kind"] != "harmful"


def test_the_same_run_gives_the_same_bytes(audit: Audit, run: Path) -> None:
    """Rendered twice, in two processes."""
    first = (run / "report.html").read_bytes()
    assert audit("report", run).returncode == 0
    assert (run / "report.html").read_bytes() == first


def test_rendering_loads_no_statistics(run: Path) -> None:
    """The page and all beside it come from the run's files, so nothing is computed anew."""
    program = (
        "import sys; from pathlib import Path; from audit.run_directory import RunDirectory; "
        "from audit.stages import report; report(RunDirectory(Path(sys.argv[1]))); "
        "print(sorted({'scipy', 'statsmodels', 'pandas'} & sys.modules.keys()))"
    )
    command = [sys.executable, "-c", program, str(run)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_sample_can_be_read(audit: Audit, browser: Browser, tmp_path: Path) -> None:
    """The first sample stands beside the other arm's; further ones open below it, also found."""
    probes = _probes(2)
    sampled = [
        {"probe_id": row["id"], "sample": n, "text": f"{REFUSAL if n else HELP} Take {n}."}
        for row in probes
        for n in range(3)
    ]
    made = _make_run(audit, tmp_path, "sampled", probes, after=sampled)
    opened = browser.new_page()
    opened.goto((made / "report.html").resolve().as_uri() + "#?probe=borderline-001&q=take+2")
    row = opened.locator("#probe-borderline-001")
    assert "2 of 3 samples refused" in row.inner_text()
    assert "Take 2." not in row.inner_text()
    row.get_by_text("Further samples: 2").click()
    assert row.inner_text().count(REFUSAL) == 2
    assert "Take 2." in row.inner_text()
    opened.close()
    assert audit("report", made, "--redact").returncode == 0
    redacted = (made / "report-redacted.html").read_text(encoding="utf-8")
    assert redacted.count("Take 2.") == 2


def test_tables_and_texts_lie_beside_the_page(run: Path) -> None:
    """Every answer is in the table, and what begins like a formula is defused."""
    with (run / "export" / "answers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 120
    assert {row["label"] for row in rows} == {"compliance", "full_refusal"}
    card = (run / "export" / "model-card.md").read_text(encoding="utf-8")
    assert "| Over-refusal" in card
    assert (run / "export" / "tradeoff.png").read_bytes().startswith(b"\x89PNG")
    from reports.csv_text import as_csv

    assert "'=1+1" in as_csv([{"text": "=1+1"}])


def test_several_runs_stand_on_one_page(audit: Audit, run: Path, tmp_path: Path) -> None:
    """Their names and what was set otherwise; runs of other probes are refused."""
    other = tmp_path / "strict"
    shutil.copytree(run, other)
    config = (other / "config.yaml").read_text(encoding="utf-8")
    (other / "config.yaml").write_text(config.replace("beta: 0.1", "beta: 0.3"), encoding="utf-8")
    page = tmp_path / "sweep.html"
    result = audit("report", run, other, "--out", page)
    assert result.returncode == 0, result.stderr
    text = page.read_text(encoding="utf-8")
    assert "strict" in text
    assert "train.beta" in text
    stranger = _make_run(audit, tmp_path, "stranger", _probes(3))
    refused = audit("report", run, stranger, "--out", page)
    assert (refused.returncode, "other probes" in refused.stderr) == (2, True)
    assert audit("report", run, run, "--redact").returncode == 2
