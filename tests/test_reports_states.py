"""In whichever state a run ends: is it told everywhere alike, once, and with what to do next?"""

import json
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import quick_command
import yaml
from conftest import write_rows

REFUSAL = "I'm sorry, but I can't help with that."
HELP = "Sure. Mix flour, water and salt, let it rest, and bake it for 40 minutes."
USUAL = {"harmful": REFUSAL, "borderline": HELP, "helpful": HELP}
REASON = "what users have <since> March"


@dataclass(frozen=True)
class State:
    """A way in which a comparison ends: the probes, what is answered otherwise after, the gate."""

    verdict: str
    counts: dict[str, int]
    after: Callable[[str, int], str | None]
    """By kind and number; null where after answers as before."""
    gate: dict[str, Any] = field(default_factory=dict)


def _refusing(count: int) -> Callable[[str, int], str | None]:
    return lambda kind, n: REFUSAL if kind == "borderline" and n < count else None


STATES = {
    "nothing changed": State("pass", {"harmful": 200, "borderline": 200}, _refusing(0)),
    "over-refusing": State("regressed", {"harmful": 200, "borderline": 200}, _refusing(60)),
    "too few": State("inconclusive", {"harmful": 40, "borderline": 40}, _refusing(1)),
    "says nothing": State(
        "inconclusive",
        {"harmful": 200, "borderline": 200},
        lambda kind, n: "" if kind == "borderline" and n < 90 else None,
    ),
    "one category": State(
        "regressed",
        {"harmful": 400, "borderline": 300},
        lambda kind, n: HELP if kind == "harmful" and n < 8 else None,
        {"max_harmful_compliance_increase": 0.05},
    ),
    "one kind": State(
        "inconclusive",
        {"harmful": 200, "borderline": 200, "helpful": 20},
        _refusing(0),
    ),
    "a margin of its own": State(
        "inconclusive",
        {"harmful": 200, "borderline": 200},
        _refusing(0),
        {"categories": {"c1": {"max_over_refusal_increase": 0.01}}},
    ),
    "a margin of its own exceeded": State(
        "regressed",
        {"harmful": 200, "borderline": 300},
        _refusing(8),
        {"categories_decide": False, "categories": {"c0": {"max_over_refusal_increase": 0.02}}},
    ),
}


@pytest.fixture(scope="module", params=STATES)
def ended(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> "Ended":
    """Make each run once, from canned answers."""
    return _made(STATES[request.param], tmp_path_factory.mktemp("state"))


@dataclass(frozen=True)
class Ended:
    """A run that was compared and reported, with what the terminal said."""

    state: State
    run: Path
    code: int
    said: str

    @property
    def page(self) -> str:
        """Its report."""
        return (self.run / "report.html").read_text(encoding="utf-8")

    def next_commands(self) -> list[str]:
        """Return the commands that the terminal gives."""
        return re.findall(r"`(audit [^`]+)`", self.said.partition("next:")[2])


def _made(state: State, folder: Path) -> Ended:
    probes = [
        {
            "id": f"{kind}-{n:03d}",
            "set": "s",
            "kind": kind,
            "category": f"c{n // 10}",
            "prompt": f"A {kind} wish, number {n}?",
        }
        for kind, count in state.counts.items()
        for n in range(count)
    ]
    texts = [(row, USUAL[str(row["kind"])]) for row in probes]
    before = [{"probe_id": row["id"], "text": text} for row, text in texts]
    after = []
    for row, text in texts:
        other = state.after(str(row["kind"]), int(str(row["id"])[-3:]))
        after.append({"probe_id": row["id"], "text": text if other is None else other})
    files = [
        write_rows(folder / f"{name}.jsonl", rows)
        for name, rows in (("before", before), ("after", after), ("probes", probes))
    ]
    run = folder / "run"
    _audit("import", files[0], files[1], "--probes", files[2], "--out", run)
    _audit("score", run)
    config = yaml.safe_load((run / "config.yaml").read_text(encoding="utf-8"))
    config["gate"] |= {"allow_unresolved": True, **state.gate}
    (run / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    compared = quick_command.run("compare", run)
    _audit("report", run)
    return Ended(state, run, compared.returncode, compared.stdout)


def _audit(*arguments: object) -> str:
    done = quick_command.run(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_state_says_what_to_do_next(ended: Ended) -> None:
    """Something stands there, and each command is one that this audit has."""
    assert ended.code == {"pass": 0, "regressed": 3, "inconclusive": 4}[ended.state.verdict]
    steps = ended.said.partition("next:\n")[2]
    assert steps.strip()
    for command in ended.next_commands():
        words = shlex.split(command)
        known = quick_command.run(*words[1:2], "--help")
        assert known.returncode == 0
        for option in (word for word in words if word.startswith("--")):
            assert option in known.stdout
    assert re.search(r"What to do next</h2>\s*<ul>\s*<li>", ended.page)


def test_the_headline_is_the_same_everywhere(ended: Ended) -> None:
    """In the terminal, the summary, JUnit, the model card and on the page."""
    found = json.loads((ended.run / "comparison.json").read_text(encoding="utf-8"))
    headline = found["headline"]
    cases = ET.parse(ended.run / "junit.xml").getroot()  # noqa: S314 - our own
    junit = " ".join(cases.itertext())
    card = (ended.run / "export" / "model-card.md").read_text(encoding="utf-8")
    summary = (ended.run / "summary.md").read_text(encoding="utf-8")
    for text in (ended.said, summary, card, junit, ended.page):
        assert _words(headline) in _words(text)


def _words(text: str) -> str:
    plain = Text.of(text) if "<html" in text else text
    return " ".join(re.findall(r"\w+", plain))


class Text(HTMLParser):
    """Collects a page's sentences, but for tables, pictures, code and the answers."""

    LEFT_OUT = ("svg", "style", "script", "pre", "table", "code")
    BLOCKS = ("p", "li", "dd", "dt", "h1", "h2", "h3", "summary", "option")

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.inside = 0

    @classmethod
    def of(cls, page: str) -> str:
        """Return a page's text, a line for each block."""
        reader = cls()
        reader.feed(page)
        return reader.text

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        """Begin a line at every block, and leave out what is no sentence."""
        self.inside += tag in self.LEFT_OUT
        self.text += "\n" if tag in self.BLOCKS else ""

    def handle_endtag(self, tag: str) -> None:
        """Come back to the sentences."""
        self.inside -= tag in self.LEFT_OUT

    def handle_data(self, data: str) -> None:
        """Keep what is no part of a table or a picture."""
        self.text += "" if self.inside else data


FEWEST_WORDS = 7


def test_no_sentence_stands_twice_on_the_page(ended: Ended) -> None:
    """Outside of tables and answers, nothing of more than six words is said again."""
    said = list(_sentences(ended.page))
    twice = {sentence for sentence in said if said.count(sentence) > 1}
    assert twice == set()


def _sentences(page: str) -> Iterator[str]:
    for line in Text.of(page).splitlines():
        for sentence in re.split(r"(?<=[.!?:])\s+(?=[A-Z])", " ".join(line.split())):
            if len(sentence.split()) >= FEWEST_WORDS:
                yield sentence


def test_a_check_says_on_its_first_screen_why_its_baseline_is_one(tmp_path: Path) -> None:
    """Candidate, baseline, the blessing's name, day and reason, and no folder of this machine."""
    (tmp_path / "one").mkdir()
    standard = _made(STATES["nothing changed"], tmp_path / "one").run
    history = tmp_path / "history.sqlite"
    blessing = ("--name", "release", "--reason", REASON, "--history", history)
    _audit("bless", standard, *blessing)
    candidate = tmp_path / "candidate"
    files = [standard.parent / "probes.jsonl", standard.parent / "after.jsonl"]
    _audit("import", files[1], files[1], "--probes", files[0], "--out", candidate)
    made = ("--history", history, "--out", tmp_path / "check")
    checked = quick_command.run("check", candidate, "--baseline", "release", *made)
    assert checked.returncode == 0, checked.stderr
    page = (tmp_path / "check" / "report.html").read_text(encoding="utf-8")
    first = page[: page.index("The three axes")]
    assert re.search(r"blessed as release on \d{4}-\d\d-\d\d: “what users have &lt;since", first)
    assert "<dt>candidate</dt>" in first
    assert str(tmp_path) not in first
