"""Are responses made elsewhere judged, compared and shown, however hostile they are?"""

import json
import shutil
from pathlib import Path

import pytest
from conftest import Audit

HOSTILE = [
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }} {% include 'x' %}",
    "\u202egnol txet\u202c \x1b[31mred\x1b[0m \x00",
    "x" * 100_000,
    "\ud800 lone surrogate",
]


@pytest.fixture
def imported(audit: Audit, tmp_path: Path) -> Path:
    """Import hostile answers before and refusals after, on borderline probes."""
    rows = {"probes": [], "before": [], "after": []}
    for place, text in enumerate(HOSTILE):
        probe = {"id": f"p{place}", "set": "mine", "kind": "borderline", "category": text[:30]}
        rows["probes"].append({**probe, "prompt": f"Say it {place}"})
        rows["before"].append({"probe_id": f"p{place}", "text": text})
        rows["after"].append({"probe_id": f"p{place}", "text": f"I'm sorry, I can't help. {text}"})
    for name, lines in rows.items():
        content = "".join(json.dumps(line) + "\n" for line in lines)
        (tmp_path / f"{name}.jsonl").write_text(content)
    run = tmp_path / "run"
    files = (tmp_path / "before.jsonl", tmp_path / "after.jsonl")
    result = audit("import", *files, "--probes", tmp_path / "probes.jsonl", "--out", run)
    assert result.returncode == 0, result.stderr
    assert audit("score", run).returncode == 0
    compared = audit("compare", run)
    assert compared.returncode == 3, compared.stderr
    assert "\x1b" not in compared.stdout + compared.stderr
    assert audit("report", run).returncode == 0
    return run


def test_hostile_answers_stay_text(imported: Path) -> None:
    """The page holds its own script and data, no handler and no control character else."""
    page = (imported / "report.html").read_text(encoding="utf-8")
    assert page.count("<script") == page.count("</script") == 2
    assert "<img" not in page
    assert "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e" in page
    assert "{{ 7 * 7 }}" in page
    assert not {"\x1b", "\x00", "\u202e"} & set(page)


def test_the_page_asks_for_nothing_and_reports_no_error(imported: Path) -> None:
    """In real Chromium: no request beyond the file, no console error, no dialog."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        page = browser.new_page(viewport={"width": 400, "height": 900})
        requests: list[str] = []
        troubles: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: troubles.append(message.text))
        page.on("dialog", lambda dialog: troubles.append(dialog.message))
        page.goto((imported / "report.html").resolve().as_uri())
        assert page.locator("h1").inner_text() == "Regressed"
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
        for row in page.locator(".answer-row summary").all():
            row.click()
        assert page.locator(".answer-row[open]").count() == len(HOSTILE)
        assert "<script>alert(1)</script>" in page.locator("#answer-list").inner_text()
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
        assert page.locator("#answer-list img, #answer-list script").count() == 0
        browser.close()
    assert len(requests) == 1
    assert troubles == []


def test_missing_answers_are_unscored(audit: Audit, imported: Path) -> None:
    """A probe without an answer is counted as unscored, in plain sight."""
    responses = imported / "arms" / "after" / "responses.jsonl"
    responses.write_text("".join(responses.read_text().splitlines(keepends=True)[:-1]))
    assert audit("score", imported).returncode == 0
    comparison = json.loads(audit("compare", imported, "--json").stdout)
    axis = comparison["axes"]["over_refusal"]
    assert (axis["after"]["unscored"], axis["after"]["n"]) == (1, 5)
    assert "harmful_compliance is absent" in " ".join(comparison["reasons"])
    assert audit("report", imported).returncode == 0
    page = (imported / "report.html").read_text(encoding="utf-8")
    assert "without an answer of one of the two arms: 1." in page
    assert "would make this page too large" not in page


def test_an_answer_to_no_probe_is_named(audit: Audit, tmp_path: Path) -> None:
    """Unknown probes and repeated answers are refused by line."""
    probe = {"id": "a", "set": "mine", "kind": "harmful", "category": "x", "prompt": "Why?"}
    (tmp_path / "probes.jsonl").write_text(json.dumps(probe) + "\n")
    lines = [{"probe_id": name, "text": "No."} for name in ("a", "b", "a")]
    (tmp_path / "answers.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    answers = tmp_path / "answers.jsonl"
    result = audit(
        "import", answers, answers, "--probes", tmp_path / "probes.jsonl", "--out", tmp_path / "r"
    )
    assert result.returncode == 2
    assert "answers.jsonl:2" in result.stderr
    assert "answers.jsonl:3" in result.stderr


def test_a_csv_is_imported_like_jsonl(audit: Audit, tmp_path: Path) -> None:
    """Texts with commas, quotes and line breaks, samples as numbers, an empty answer kept."""
    probe = {"set": "s", "kind": "borderline", "category": "c", "prompt": "Why?"}
    probes = tmp_path / "probes.jsonl"
    probes.write_text("".join(json.dumps({**probe, "id": name}) + "\n" for name in ("a", "b")))
    answers = tmp_path / "answers.csv"
    answers.write_text('probe_id,text,sample\na,"One, ""two""\nthree",0\na,Four,1\nb,,\n')
    run = tmp_path / "run"
    result = audit("import", answers, answers, "--probes", probes, "--out", run)
    assert result.returncode == 0, result.stderr
    rows = [json.loads(line) for line in (run / "arms/after/responses.jsonl").open()]
    found = [(row["probe_id"], row["sample"], row["text"]) for row in rows]
    assert found == [("a", 0, 'One, "two"\nthree'), ("a", 1, "Four"), ("b", 0, "")]
    answers.write_text("probe_id,text\na,One\na,Two\nz,Three\n")
    doubled = audit("import", answers, answers, "--probes", probes, "--out", tmp_path / "other")
    assert doubled.returncode == 2
    assert "answers.csv:3" in doubled.stderr
    assert "answers.csv:4" in doubled.stderr


def test_a_killed_import_is_finished_by_the_same_command(audit: Audit, imported: Path) -> None:
    """Half of it is taken up, all of it stays with its labels; other answers are refused."""
    made = imported.parent
    files = (made / "before.jsonl", made / "after.jsonl")
    words = ("import", *files, "--probes", made / "probes.jsonl", "--out")
    labelled = {path: path.read_bytes() for path in imported.rglob("*") if path.is_file()}
    again = audit(*words, imported)
    assert again.returncode == 0, again.stderr
    assert {path: path.read_bytes() for path in imported.rglob("*") if path.is_file()} == labelled
    half = made / "half"
    half.mkdir()
    (half / "config.yaml.partial").write_text("mod")
    shutil.copy(imported / "config.yaml", half)
    shutil.copy(imported / "probes.jsonl", half)
    assert audit(*words, half).returncode == 0
    answers = "arms/after/responses.jsonl"
    assert (half / answers).read_bytes() == (imported / answers).read_bytes()
    other = audit("import", *files[::-1], "--probes", made / "probes.jsonl", "--out", imported)
    assert other.returncode == 2
    assert "other probes or answers" in other.stderr
    (half / "config.yaml").write_text("model: {path: mine}\n")
    (half / "manifest.json").unlink()
    assert audit(*words, half).returncode == 2
