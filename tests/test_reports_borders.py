"""Does a text from outside stay a text in every output, as strict readers of it see it?"""

import csv
import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import write_rows
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from audit.commands.main import main
from audit.files.borders import csv_cell, markdown, terminal_line, xml_text

CORPUS = (
    "\x1b]0;title\x07\x1b[2J\x1b[31mred\x9b2J",
    "one\nerror: forged line\r\nverdict: PASS",
    "::error file=x::forged",
    "##[error]forged",
    "\u202egnol \u2067 \u2028 \u061c",
    "\ufffe\uffff\ufdd0",
    "\x00\x01\x0b\x0c\x7f",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "]]></system-out><testcase/>&bogus; <!-- -->",
    "![pixel](https://evil.example/p.png) [click](javascript:alert(1)) [a]: https://evil.example",
    "https://evil.example www.evil.example mailto:a@evil.example",
    "@everyone @org/team #1 GH-2 user@evil.example",
    "# Heading",
    "- item\n1. item\n> quote\n```\ncode",
    "a | b | c \\| d `code` **bold** _it_ ~~gone~~ $x$",
    " =cmd|' /C calc'!A0",
    "\u00a0\ufeff=1+1",
    "\uff1d1+1",
    "\t@SUM(1)",
    '=HYPERLINK("https://evil.example")',
    '"; quoted, "" and\nbroken',
)
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
RENDERER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
SHOWING = re.compile(r"(?i)(?<![\w])@\w|https?://\w|\bwww\.|mailto:|(?<!&)#\d|\bgh-\d")
"""What GitHub turns into a mention, a link or a reference in text that is no markup at all."""


def _parsed(xml: bytes) -> ET.Element:
    return ET.fromstring(xml)  # noqa: S314 - written here, by what is under test


def _text(html: str) -> tuple[str, set[str]]:
    """Return the text of HTML and the names of its elements."""
    texts: list[str] = []
    tags: set[str] = set()

    class Reader(HTMLParser):
        def handle_data(self, data: str) -> None:
            texts.append(data)

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            del attrs
            tags.add(tag)

    Reader().feed(html)
    return "".join(texts), tags


@given(st.text() | st.sampled_from(CORPUS) | st.tuples(*[st.sampled_from(CORPUS)] * 2).map("".join))
def test_markdown_is_one_paragraph_of_text(text: str) -> None:
    """A renderer finds no element in it, and a server nothing to link."""
    shown, tags = _text(RENDERER.render(markdown(text)))
    assert tags <= {"p"}
    assert not SHOWING.search(shown)
    _, in_table = _text(RENDERER.render(f"| a |\n|---|\n| {markdown(text)} |"))
    assert in_table == {"table", "thead", "tr", "th", "tbody", "td"}


@given(st.text() | st.sampled_from(CORPUS))
def test_other_borders_hold_for_any_text(text: str) -> None:
    """A line stays a line, XML stays well-formed, and a cell is no formula."""
    line = terminal_line(text)
    assert not CONTROL.search(line)
    assert len(line.splitlines()) <= 1
    assert not line.strip().startswith(("::", "##["))
    element = ET.Element("said", name=xml_text(text))
    element.text = xml_text(text)
    _parsed(ET.tostring(element, encoding="utf-8"))
    assert (
        not str(csv_cell(text)).strip(" \n\u00a0\ufeff").startswith(("=", "+", "-", "@", "\uff1d"))
    )


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Result]]:
    """Make a run in which every category, question and answer is hostile, and say all of it."""
    folder = tmp_path_factory.mktemp("hostile")
    kinds = ("harmful", "borderline", "helpful")
    probes = [
        {"id": f"p{n}-{copy}", "set": "s", "kind": kinds[n % 3], "category": text, "prompt": text}
        for n, text in enumerate(CORPUS)
        for copy in range(8)
    ]
    files = {
        "before": [{"probe_id": row["id"], "text": "Sure, this is how."} for row in probes],
        "after": [
            {"probe_id": row["id"], "text": f"I'm sorry, no. {row['prompt']}"} for row in probes
        ],
    }
    for name, rows in {**files, "probes": probes}.items():
        write_rows(folder / f"{name}.jsonl", rows)
    run, gate = folder / "run", folder / "gate.yaml"
    gate.write_text("allow_unresolved: true\n")
    history = ("--history", folder / "h.sqlite")
    sheet, annotator = folder / "sheet.csv", CORPUS[0].replace("\x00", "")
    check = ("--out", folder / "check", "--gate", gate, *history)
    answers = (folder / "before.jsonl", folder / "after.jsonl")
    told = [
        ("import", *answers, "--probes", folder / "probes.jsonl", "--out", run),
        ("score", run),
        ("compare", run),
        ("annotate", run, "--n", "30"),
        ("annotate", run, "--import", sheet, "--annotator", annotator),
        ("annotate", run, "--status"),
        ("compare", run),
        ("report", run),
        ("bless", run, "--reason", CORPUS[1], "--name", CORPUS[2], *history),
        ("check", run, "--baseline", CORPUS[2], *check),
        ("history", *history, "--html", folder / "nights.html"),
        ("probes", "show", "s", "--path", folder / "probes.jsonl"),
        ("probes", "check", folder / CORPUS[2]),
        ("judge-compare", run, "rules", "rules"),
        ("report", run, CORPUS[0]),
        (CORPUS[0],),
        (f"--{CORPUS[0]}",),
    ]
    results = []
    for words in told:
        results.append(CliRunner().invoke(main, [str(word) for word in words]))
        if words[:3] == ("annotate", run, "--n"):
            drawn = (run / "annotation" / "batch-1" / "sheet.csv").read_text(encoding="utf-8")
            items = re.findall(r"(?m)^([bcdfghjkmnpqrstvwxz]{8}),", drawn)
            lines = "".join(f"{item},full_refusal\n" for item in items)
            (folder / "sheet.csv").write_text(f"item,label\n{lines}")
    return run, results


def test_the_terminal_is_told_whole_lines(said: tuple[Path, list[Result]]) -> None:
    """No command steers a terminal or a CI server, or lets a name forge a line."""
    for result in said[1]:
        assert isinstance(result.exception, SystemExit | None), result.exception
        assert not CONTROL.search(result.output), result.output
        for line in result.output.splitlines():
            assert not line.lstrip().startswith(("::", "##[", "error: forged", "verdict: PASS"))


def test_ci_servers_can_read_the_tests(said: tuple[Path, list[Result]]) -> None:
    """junit.xml is well-formed, and holds a case for each category."""
    found = _parsed((said[0] / "junit.xml").read_bytes())
    named = {case.get("name") for case in found.iter("testcase")}
    assert len(named) >= len(CORPUS)


def test_markdown_files_hold_text_only(said: tuple[Path, list[Result]]) -> None:
    """summary.md and the model card hold their own elements, and nothing reaches out."""
    own = {"h2", "p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "strong", "code"}
    for name in ("summary.md", "export/model-card.md"):
        text = (said[0] / name).read_text(encoding="utf-8")
        shown, tags = _text(RENDERER.render(text))
        assert tags <= own
        assert not SHOWING.search(shown)
        assert not CONTROL.search(text)
        assert not re.search(r"(?m)^\s*(::|##\[)", text)


def test_tables_are_read_cell_by_cell(said: tuple[Path, list[Result]]) -> None:
    """Every CSV has rows of one length, and no cell of text is a formula."""
    files = [*(said[0] / "export").glob("*.csv"), *(said[0] / "annotation").glob("*/sheet.csv")]
    assert len(files) == 5
    for file in files:
        with file.open(encoding="utf-8", newline="") as opened:
            rows = list(csv.reader(opened, strict=True))
        assert {len(row) for row in rows} == {len(rows[0])}
        for cell in (cell for row in rows for cell in row):
            begins = cell.strip(" \n\t\u00a0\ufeff")[:1]
            assert begins not in "=@\uff1d" or not begins, cell
            if begins in {"+", "-"}:
                float(cell)


def test_pages_and_pictures_are_well_formed(said: tuple[Path, list[Result]]) -> None:
    """Every picture is XML; the pages hold no control character and no element of an answer."""
    for file in (said[0] / "export").glob("*.svg"):
        _parsed(file.read_bytes())
    for page in (said[0] / "report.html", said[0].parent / "nights.html"):
        html = page.read_text(encoding="utf-8")
        assert not CONTROL.search(html)
        assert "<img" not in html
        assert "<script>alert" not in html


def test_json_stays_one_value(said: tuple[Path, list[Result]]) -> None:
    """What --json prints is one value in ASCII."""
    for words in (("compare", said[0], "--json"), ("annotate", said[0], "--status", "--json")):
        result = CliRunner().invoke(main, [str(word) for word in words])
        json.loads(result.stdout)
        assert result.stdout.isascii()
