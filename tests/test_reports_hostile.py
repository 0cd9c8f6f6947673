"""Does what a model or a data file says stay inside its own box, in real Chromium?"""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from audit.errors import InputError
from audit.files.data_row import PROMPT_CHARACTERS
from audit.jobs import stages
from audit.jobs.importing import import_responses
from audit.run.directory import RunDirectory

REFUSAL = "I'm sorry, but I can't help with that. "
SCRIPT = "<script>alert(1)</script>"
HANDLER = '"><img src=x onerror=alert(1)><svg onload=alert(1)>'
TEMPLATE = "{{ 7 * 7 }} {% include 'x' %} ${7 * 7} #{7 * 7}"
LONG = "".join(f"{n * 7_919 % 1_000_003:x}" for n in range(220_000))
MARKUP = "".join(f"<b id={n}>" for n in range(100_000))
MARKS = "".join(chr(0x300 + n) for n in range(112))
ANSWERS = {
    "script": (SCRIPT, SCRIPT),
    "handlers": (HANDLER, HANDLER),
    "end of script": ("</script></p></li></ol><h1>Pass</h1>", "</script></p></li></ol><h1>"),
    "comment": ("<!-- <script> -->]]><![CDATA[", "<!-- <script> -->]]><![CDATA["),
    "style": ("</style><style>*{display:none}</style>", "</style><style>*{display:none}"),
    "addresses": ("<a href='javascript:alert(1)'>x</a> file:///etc/passwd", "javascript:alert(1)"),
    "template": (TEMPLATE, TEMPLATE),
    "entities": ("&lt;b&gt; &#x3c;i&#x3e; &amp;nbsp;", "&lt;b&gt; &#x3c;i&#x3e;"),
    "bidi": ("\u202egnol \u2067txet \u200f", "\\u202egnol \\u2067txet \\u200f"),
    "control": ("\x00\x07\x08\x1b]0;title\x07\x7f\x9b", "\\u0007\\u0008\\u001b]0;title"),
    "ansi": ("\x1b[31mred\x1b[0m\x1b[2J", "\\u001b[31mred"),
    "separators": ("one\u2028two\u2029three\ufeff", "one"),
    "long line": (LONG, LONG[:3_000]),
    "long markup": (MARKUP, MARKUP[:3_000]),
    "surrogates": ("\ud800 high \udfff low", "? high ? low"),
    "marks on marks": ("Z" + MARKS, "Z"),
}
"""What an arm says after its refusal, and what must be readable of it."""
NAMES = {
    "script": SCRIPT,
    "handlers": HANDLER,
    "template": TEMPLATE,
    "bidi and control": "\u202eback \x1b[31mred\x07",
    "end of script": "</script><h1>Pass</h1>",
    "prototype": "__proto__",
    "link": "#?probe=p1&q=%3Cb%3E",
}
OUTSIDE = """() => {
  const own = ".answer, .question, q";
  const inside = (element) => element.parentElement && element.parentElement.closest(own);
  const all = [...document.querySelectorAll("*")];
  const headings = [...document.querySelectorAll("h1, h2, h3")];
  return {
    elements: all.filter((one) => !inside(one)).map((one) => one.tagName),
    headings: headings.map((one) => one.textContent.replace(/\\d/g, "0")),
    title: document.title,
  };
}"""
Opened = tuple[Page, dict[str, Any]]


@pytest.fixture
def look(browser: Browser) -> Iterator[Callable[[Path], Opened]]:
    """Open a run's page with every answer; it must ask for nothing and say nothing."""
    requests: list[str] = []
    troubles: list[str] = []
    pages: list[Page] = []

    def opened(run: Path) -> Opened:
        page = browser.new_page(viewport={"width": 400, "height": 900})
        pages.append(page)
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: troubles.append(dialog.message))
        page.goto((run / "report.html").resolve().as_uri())
        for row in page.locator(".answer-row > summary").all():
            row.click()
        page.wait_for_function("document.querySelectorAll('.answers').length === 3")
        return page, page.evaluate(OUTSIDE)

    yield opened
    assert troubles == []
    assert len(requests) == len(pages)
    for page in pages:
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
        page.close()


def _write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def _make_run(folder: Path, *, said: str = "plain", name: str = "plain", root: str = "run") -> Path:
    """Import three probes; what the first one asks and is answered, or its category, is given."""
    plain = {"set": "mine", "kind": "borderline", "category": "other", "prompt": "Why?"}
    probes = [{**plain, "id": f"p{n}"} for n in range(1, 3)]
    asked = f"Say {said}"[:PROMPT_CHARACTERS]
    probes.insert(0, {**plain, "id": "a:b/../c", "category": name, "prompt": asked})
    before = [{"probe_id": row["id"], "text": "Here it is."} for row in probes]
    after = [{"probe_id": row["id"], "text": REFUSAL} for row in probes]
    after[0]["text"] += said
    files = [
        _write(folder / f"{part}.jsonl", rows)
        for part, rows in (("before", before), ("after", after), ("probes", probes))
    ]
    run = RunDirectory(folder / root)
    import_responses(*files, run.root, "audit import")
    stages.score(run, print, trust_endpoints=False)
    stages.compare(run)
    stages.report(run)
    return run.root


@pytest.fixture(scope="module")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the page that every other one must look like."""
    return _make_run(tmp_path_factory.mktemp("harmless"))


@pytest.mark.parametrize("case", ANSWERS)
def test_an_answer_stays_in_its_box(
    case: str, harmless: Path, look: Callable[[Path], Opened], tmp_path: Path
) -> None:
    """It can be read, and every element outside of it is that of a harmless page.

    A hundred thousand words after a refusal are a partial one, and so they are without markup.
    """
    said, readable = ANSWERS[case]
    page, outside = look(_make_run(tmp_path, said=said))
    like = harmless
    if said == MARKUP:
        (tmp_path / "like").mkdir()
        like = _make_run(tmp_path / "like", said=re.sub("[<>]", " ", said))
    assert outside == look(like)[1]
    assert readable in page.locator(".answer-row").first.inner_text()
    assert page.locator("h1").inner_text() == "Inconclusive"
    assert page.locator(".answer *:not(mark, del, ins), .question *, q *").count() == 0


@pytest.mark.parametrize("case", NAMES)
def test_a_name_stays_a_name(
    case: str, harmless: Path, look: Callable[[Path], Opened], tmp_path: Path
) -> None:
    """A hostile category is text in tables, filters and pictures, and can be filtered by."""
    name = NAMES[case]
    page, outside = look(_make_run(tmp_path, name=name))
    assert outside == look(harmless)[1]
    shown = re.sub(r"[\x00-\x1f\u202e]", lambda found: f"\\u{ord(found.group()):04x}", name)
    assert shown in page.locator(".answer-row").first.inner_text()
    page.locator(".answer-row").first.locator(".facts a").last.click()
    assert page.locator(".answer-row[open] .facts").first.is_visible()
    page.locator("#filter-category").select_option(shown)
    assert page.locator("#answer-count").inner_text() == "1 of 3 probes"


@pytest.mark.parametrize("name", [SCRIPT, HANDLER, "../../up", "", "a b", "\u202eback", "-"])
def test_hostile_ids_are_refused(name: str, tmp_path: Path) -> None:
    """An id is letters, digits and a few signs, since links and folders are made of it."""
    probe = {"id": name, "set": "s", "kind": "harmful", "category": "c", "prompt": "Why?"}
    asked = _write(tmp_path / "probes.jsonl", [probe])
    answers = _write(tmp_path / "answers.jsonl", [{"probe_id": name, "text": "x"}])
    with pytest.raises(InputError) as refused:
        import_responses(answers, answers, asked, tmp_path / "run", "audit import")
    assert any("probes.jsonl:1" in str(problem) for problem in refused.value.problems)


@pytest.mark.parametrize("case", ["script", "handlers", "template", "end of script"])
def test_a_folder_stays_a_folder(
    case: str, harmless: Path, look: Callable[[Path], Opened], tmp_path: Path
) -> None:
    """The run's name, and that of an arm which joins from a run so named, are text."""
    root = NAMES[case].replace("/", "\\")
    made = _make_run(tmp_path, root=root)
    page, outside = look(made)
    other = RunDirectory(tmp_path / "beside")
    shutil.copytree(harmless, other.root)
    stages.compare(other, [RunDirectory(made)])
    stages.report(other)
    joined, _ = look(other.root)
    assert outside["elements"] == look(harmless)[1]["elements"]
    assert root in page.locator(".eyebrow").inner_text()
    assert f"{root}/after" in joined.locator("section").nth(1).inner_text()
    assert joined.locator("h1").all_inner_texts() == ["Inconclusive"]
