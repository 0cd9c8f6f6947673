"""Does every bad input end with exit code 2 and one located message, never a traceback?"""

import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from audit.commands.main import main

LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
)
RUN = "model: {path: x}\npreferences: {path: demo}\n"
CONFIGURATIONS = {
    "nests deep": ("a: " + "[" * 5_000, ":1"),
    "nests deep in lines": ("".join(" " * n + "a:\n" for n in range(400)), ":31"),
    "expands without end": (LAUGHS, "aliases"),
    "holds itself": ("a: &a [*a]\n", "alias"),
    "merges itself": ("a: &a\n  <<: *a\n", "alias"),
    "merges no mapping": ("a: {<<: 3}\n", ":1"),
    "ordered mapping": ("model: !!omap [a: 1]\n", "model"),
    "a tag that makes objects": ("model: !!python/object:os.system x\n", "model"),
    "NUL in a path": ('model: {path: "a\\0b"}\npreferences: {path: demo}\n', "model.path"),
    "half a character in a path": (
        'model: {path: "a\\ud800"}\npreferences: {path: demo}\n',
        "model.path",
    ),
    "an unknown user": ("model: {path: ~nobody-here/x}\npreferences: {path: demo}\n", "model.path"),
    "an infinite rate": (RUN + "train: {learning_rate: .inf}\n", ":3"),
    "a negative seed": (RUN + "train: {seed: -1}\n", ":3"),
    "an unknown loss": (RUN + "train: {loss_type: [nonsense]}\n", ":3"),
    "a number of 5,000 digits": (RUN + f"train: {{max_steps: {'9' * 5_000}}}\n", "is not YAML"),
}
CHECKS = {
    "endless pattern": {"type": "regex", "pattern": "(a+)+$"},
    "endless alternatives": {"type": "regex", "pattern": "(a|aa)+$"},
    "contradicting counts": {"type": "words", "at_least": 5, "at_most": 2},
    "unknown instruction": {
        "type": "ifeval",
        "instructions": ["punctuation:no_coma"],
        "arguments": [{}],
    },
    "unknown relation": {
        "type": "ifeval",
        "instructions": ["length_constraints:number_words"],
        "arguments": [{"relation": "about", "num_words": 3}],
    },
    "missing argument": {
        "type": "ifeval",
        "instructions": ["startend:end_checker"],
        "arguments": [{}],
    },
    "no number": {"type": "number", "value": float("nan"), "tolerance": 0},
}
COMMANDS = [
    ("probes", "show", ""),
    ("probes", "show", "harmful", "--path", ""),
    ("preferences", "inspect", ""),
    ("preferences", "inspect", "demo", "--probes", "=x"),
    ("preferences", "inspect", "demo", "--probes", ""),
    ("import", "a.jsonl", "a.jsonl", "--probes", "p.jsonl", "--out", "file/x"),
    ("import", "a.jsonl", "a.jsonl", "--probes", "p.jsonl", "--out", "x" * 300),
    ("import", "a.jsonl", "a.jsonl", "--probes", "p.jsonl", "--out", "loop/x"),
    ("history", "--history", "file/h"),
    ("history", "--history", "x" * 300),
    ("judge-eval", "loop"),
    ("train-and-compare", "loop"),
    ("report", "file/run"),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with a file, a loop of links, a probe and an answer."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    (tmp_path / "file").write_text("x")
    (tmp_path / "loop").symlink_to("loop")
    probe = {"id": "p", "set": "s", "kind": "harmful", "category": "c", "prompt": "Q?"}
    (tmp_path / "p.jsonl").write_text(json.dumps(probe) + "\n")
    (tmp_path / "a.jsonl").write_text(json.dumps({"probe_id": "p", "text": "No."}) + "\n")
    return tmp_path


def _refused(result: Result) -> str:
    """Return the message of a command that refused its input in one located line or more."""
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 2, result.output
    assert "rror: " in result.stderr
    return result.stderr


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_configurations(folder: Path, name: str) -> None:
    """A configuration that cannot be used is refused with its place, in a moment."""
    text, place = CONFIGURATIONS[name]
    (folder / "c.yaml").write_text(text, encoding="utf-8")
    started = time.monotonic()
    message = _refused(CliRunner().invoke(main, ["train-and-compare", "c.yaml", "--dry-run"]))
    assert time.monotonic() - started < 5
    assert "c.yaml" in message
    assert place in message


@pytest.mark.parametrize("name", CHECKS)
def test_checks_that_cannot_be_run(folder: Path, name: str) -> None:
    """A check that no answer could be held against is found when its probe is read."""
    probe = {"id": "p", "set": "s", "kind": "helpful", "category": "c", "prompt": "Q?"}
    (folder / "q.jsonl").write_text(json.dumps({**probe, "check": CHECKS[name]}) + "\n")
    assert "q.jsonl:1" in _refused(CliRunner().invoke(main, ["probes", "check", "q.jsonl"]))


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command)[:60])
def test_names_and_places(command: tuple[str, ...]) -> None:
    """A name that names nothing, and a place that cannot be written, end with exit code 2."""
    _refused(CliRunner().invoke(main, list(command)))
