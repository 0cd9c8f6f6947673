"""Which bad inputs are there? Strategies that break one file, or one word of a command."""

import copy
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

GATE = ("--gate", "gate.yaml")
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("train-and-compare", "config.yaml", "--dry-run"),
    ("train-and-compare", "config.yaml", "--dry-run", "--set", "train.beta=0.3"),
    ("train-and-compare", "thumbs.yaml", "--dry-run"),
    ("train-and-compare", "config.yaml", "--resume", "--out", "run"),
    ("sweep", "sweep.yaml", "--out", "swept", "--dry-run"),
    ("init", "--model", "model", "--preferences", "pairs.jsonl", "--out", "init.yaml"),
    ("compare-models", "model", "adapter", "--config", "config.yaml", "--dry-run"),
    ("compare-models", "served.yaml", "served.yaml", "--dry-run"),
    ("compare-models", "served:m@http://127.0.0.1:9/v1", "served.yaml", "--dry-run"),
    ("train", "fresh"),
    ("generate", "fresh"),
    ("generate", "fresh", "--shard", "1/2"),
    ("gather", "fresh"),
    ("export", "trained"),
    ("export", "trained", "--merge"),
    ("push", "trained", "me/model", "--force"),
    ("report", "trained"),
    ("score", "run"),
    ("score", "run", "--judge", "chat", "--judges", "judges.yaml"),
    ("compare", "run"),
    ("compare", "run", "other", "--json"),
    ("report", "run"),
    ("report", "run", "--redact"),
    ("report", "run", "other", "--out", "both.html"),
    ("import", "a.jsonl", "b.jsonl", "--probes", "probes.jsonl", "--out", "new"),
    ("check", "run", "--baseline", "other", "--gate", "gate.yaml", "--history", "history.sqlite"),
    (
        "check",
        "other",
        "--baseline",
        "baseline",
        "--by",
        "trend",
        *GATE,
        "--history",
        "history.sqlite",
    ),
    (
        "check",
        "adapter",
        "--baseline",
        "trained",
        "--out",
        "run",
        *GATE,
        "--history",
        "history.sqlite",
    ),
    (
        "check",
        "model",
        "--baseline",
        "trained",
        "--out",
        "run",
        *GATE,
        "--history",
        "history.sqlite",
    ),
    ("check", "--each", "adapter", "--baseline", "run", *GATE, "--history", "history.sqlite"),
    ("check", "--controls", "--baseline", "run", *GATE, "--history", "history.sqlite"),
    ("bless", "run", "--reason", "why", "--name", "n", "--history", "history.sqlite"),
    ("history", "--history", "history.sqlite", "--html", "nights.html"),
    ("history", "--history", "history.sqlite", "--json"),
    ("history", "prune", "--keep-days", "1", "--history", "history.sqlite"),
    ("history", "--acknowledge", "Ada", "--reason", "why", "--history", "history.sqlite"),
    ("judge-eval", "labels.jsonl", "--out", "error.json"),
    ("judge-compare", "run", "rules", "rules"),
    ("pairwise", "run", "--judge", "chat", "--judges", "judges.yaml"),
    ("annotate", "run", "--n", "2"),
    ("annotate", "run", "--status"),
    ("annotate", "run", "--again", "batch-1"),
    ("annotate", "run", "--import", "sheet.csv", "--annotator", "Bob"),
    ("plan", "--margin", "0.02", "--flip-rate", "0.1"),
    ("plan", "--run", "run"),
    ("preferences", "inspect", "pairs.jsonl"),
    ("preferences", "inspect", "demo", "--probes", "own=probes.jsonl"),
    ("probes", "check", "probes.jsonl"),
    ("probes", "show", "own", "--path", "probes.jsonl", "--limit", "2"),
    ("probes", "list", "--json"),
    ("config", "schema"),
    ("doctor", "--json"),
)
WORDS: tuple[str, ...] = (
    "",
    " ",
    "-",
    "--",
    ".",
    "..",
    "../outside",
    "/",
    "~nobody-here/x",
    "x" * 300,
    "nan",
    "inf",
    "-1",
    "0",
    "1e400",
    "9" * 400,
    "=",
    "a=",
    "=b",
    "\x1b]0;title\x07\x1b[2J",
    "line\nerror: forged",
    "\u202egnol",
    "\udcff",
    "loop",
    "folder",
    "null.json",
    "$(touch outside/x)",
    "http://user:secret@host/",
    "train.beta=[[[[",
    "train.lora.r=null",
    "judge=nobody",
    "model=&a [*a]",
    "generation.seed=-5",
    "\u2028",
    "COM1",
)
VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    2**70,
    1e308,
    float("nan"),
    float("inf"),
    "",
    " ",
    "x" * 5_000,
    "../../outside/file",
    "/etc/passwd",
    "..",
    "a\u0000b",
    "\ud800",
    "\ufffe",
    "\x1b[2J\x1b]0;x\x07",
    "two\nerror: lines",
    "~nobody-here",
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    [],
    {},
    [None],
    [[[[[[]]]]]],
    {"a": None},
    "(a+)+$",
    "9" * 5_000,
)
BYTES: tuple[bytes, ...] = (
    b"",
    b"\n\n",
    b"null\n",
    b"[]\n",
    b"{}\n",
    b"3\n",
    b'"text"\n',
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"\xff\xfe\x00\x01",
    b"\xef\xbb\xbf{}\n",
    b"\x00" * 64,
    b"9" * 10_000,
    b"NaN\n",
    b"\x1f\x8b\x08\x00broken",
    b"x,y,x\n1,2,3\n",
    b"\xff" * 8 + b"{}",
    b"<!doctype html><title>404</title>\n",
    b"version https://git-lfs.github.com/spec/v1\n",
)
PLACES = ("folder", "loop", "missing", "link out", "parent out", "pipe", "torn", "doubled")


@dataclass(frozen=True)
class Case:
    """One command of which a file or a word is broken."""

    command: tuple[str, ...]
    file: str | None
    how: str
    seed: int

    def __str__(self) -> str:
        return f"{' '.join(self.command)!r} with {self.file} {self.how}"


def cases(files: list[str], only: tuple[str, ...] = ()) -> st.SearchStrategy[Case]:
    """Draw a command and what is broken; most files are drawn from those that it names."""
    commands = [command for command in COMMANDS if not only or command[0] in only]
    return st.sampled_from(commands).flatmap(lambda command: _case(command, files))


def _case(command: tuple[str, ...], files: list[str]) -> st.SearchStrategy[Case]:
    related = [file for file in files if _is_read(command, file)] or files
    by_value = st.integers(0, len(VALUES) - 1).map(lambda n: f"value {n}")
    by_bytes = st.integers(0, len(BYTES) - 1).map(lambda n: f"bytes {n}")
    how = st.one_of(by_value, by_value, by_bytes, st.sampled_from(PLACES))
    broken = st.builds(
        Case, st.just(command), st.sampled_from(related), how, st.integers(0, 9_999)
    ).filter(lambda case: case.how != "pipe" or "/" in (case.file or ""))  # a shell's <(...) is one
    worded = st.builds(
        lambda place, word: Case((*command[:place], word, *command[place + 1 :]), None, "", 0),
        st.sampled_from(_may_be_another(command)),
        st.sampled_from(WORDS),
    )
    return st.one_of(broken, broken, broken, worded)


def _may_be_another(command: tuple[str, ...]) -> list[int]:
    """Return the places of words to break; a free --out would have bare files asked."""
    place = command.index("--out") if "trained" in command else len(command)
    return [number for number in range(1, len(command)) if number not in {place, place + 1}]


def _is_read(command: tuple[str, ...], file: str) -> bool:
    named = {word.split("=")[-1] for word in command}
    if "baseline" in named:
        named.add("run")
    if named & {"config.yaml", "sweep.yaml"}:
        named |= {"model", "pairs.jsonl", "probes.jsonl"}
    if "thumbs.yaml" in named:
        named |= {"model", "thumbs.jsonl"}
    if "trained" in named:
        named.add("model")
    return file.split("/", maxsplit=1)[0] in named


def break_file(root: Path, case: Case) -> None:
    """Break the file of a case in a copy of the material."""
    if case.file is None:
        return
    path = root / case.file
    kind, _, which = case.how.partition(" ")
    if kind == "bytes":
        path.write_bytes(BYTES[int(which)])
    elif kind == "value":
        _break_value(path, VALUES[int(which)], case.seed)
    else:
        _break_place(root, path, case)


def _break_place(root: Path, path: Path, case: Case) -> None:
    content = path.read_bytes()
    outside = root.parent / "outside"
    if case.how == "torn":
        path.write_bytes(content[: case.seed % max(1, len(content))])
    elif case.how == "doubled":
        path.write_bytes(content + content)
    elif case.how == "parent out":
        folder = path.parent
        if folder != root:
            shutil.copytree(folder, outside / "moved")
            shutil.rmtree(folder)
            folder.symlink_to(outside / "moved")
    else:
        path.unlink()
        if case.how == "folder":
            path.mkdir()
        elif case.how == "loop":
            path.symlink_to(path.name)
        elif case.how == "pipe":
            os.mkfifo(path)
        elif case.how == "link out":
            (outside / "linked").write_bytes(content)
            path.symlink_to(outside / "linked")


def _break_value(path: Path, value: Any, seed: int) -> None:
    """Replace one value or key of a JSON or JSONL file, or a few bytes of any other."""
    content = path.read_bytes()
    try:
        text = content.decode()
        lines = text.splitlines()
        whole = (
            json.loads(text) if path.suffix != ".jsonl" else [json.loads(line) for line in lines]
        )
    except ValueError:
        place = seed % max(1, len(content))
        spoilt = json.dumps(value).encode()[:200]
        path.write_bytes(content[:place] + spoilt + content[place + len(spoilt) :])
        return
    changed = _replaced(whole, value, seed)
    if path.suffix == ".jsonl" and isinstance(changed, list):
        path.write_text("".join(json.dumps(row) + "\n" for row in changed))
    else:
        path.write_text(json.dumps(changed))


def _replaced(whole: Any, value: Any, seed: int) -> Any:
    """Return a copy in which a value, or now and then a key, is another."""
    whole = copy.deepcopy(whole)
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        inside = node.items() if isinstance(node, dict) else enumerate(node)
        for key, below in inside:
            places.append((node, key))
            if isinstance(below, dict | list):
                walk(below)

    if isinstance(whole, dict | list):
        walk(whole)
    if not places:
        return value
    node, key = places[seed % len(places)]
    if isinstance(node, dict) and seed % 5 == 0:
        held = node.pop(key)
        if seed % 2:
            node[str(value)] = held
    else:
        node[key] = value
    return whole
