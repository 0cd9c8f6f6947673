"""Does each damaged file get one message with file, line and remedy?"""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Audit

ROW = {"id": "a", "set": "mine", "kind": "harmful", "category": "x", "prompt": "Why?"}
LINE = json.dumps(ROW).encode()


def _with(**changes: object) -> bytes:
    return LINE + b"\n" + json.dumps({**ROW, "id": "b", **changes}).encode()


DAMAGED: dict[str, tuple[str, bytes, str, str]] = {
    "latin-1": ("p.jsonl", LINE + b'\n{"id": "caf\xe9"}', "p.jsonl:2", "save the file as UTF-8"),
    "NUL byte": ("p.jsonl", LINE + b"\n\0", "p.jsonl:2", "NUL"),
    "truncated gzip": ("p.jsonl.gz", gzip.compress(LINE * 99)[:-9], "p.jsonl.gz:", "compress"),
    "no gzip": ("p.jsonl.gz", LINE, "p.jsonl.gz", "cannot be read"),
    "duplicate id": ("p.jsonl", LINE + b"\n" + LINE, "p.jsonl:2", "p.jsonl:1 already"),
    "unknown kind": ("p.jsonl", _with(kind="bad"), "p.jsonl:2", "'harmful'"),
    "empty prompt": ("p.jsonl", _with(prompt=" "), "p.jsonl:2", "prompt"),
    "huge prompt": ("p.jsonl", _with(prompt="x" * 10_000_000), "p.jsonl:2", "200000"),
    "missing column": ("p.csv", b"id,set,kind\na,mine,harmful\n", "p.csv:2", '"category"'),
    "short row": ("p.csv", b"id,set,kind,category,prompt\na,b\n", "p.csv:2", "has 2 values"),
    "open quote": ("p.csv", b'id,prompt\na,"b\n', "p.csv:2", "is not CSV"),
    "no twin": ("p.jsonl", _with(twin="z"), "p.jsonl:2", "does not exist"),
    "twin of its kind": ("p.jsonl", _with(twin="a"), "p.jsonl:2", "is harmful too"),
    "no list": ("p.json", LINE, "p.json", "list of objects"),
    "no Parquet": ("p.parquet", LINE, "p.parquet", "cannot be read"),
    "other kind": ("p.xlsx", LINE, "p.xlsx", ".jsonl"),
    "bad pattern": (
        "p.jsonl",
        _with(kind="helpful", check={"type": "regex", "pattern": "("}),
        "p.jsonl:2",
        "no regular expression",
    ),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_damage_is_named(audit: Audit, tmp_path: Path, case: str) -> None:
    """`probes check` ends with exit code 2, the place and the remedy."""
    name, content, place, remedy = DAMAGED[case]
    (tmp_path / name).write_bytes(content)
    result = audit("probes", "check", tmp_path / name)
    assert result.returncode == 2
    assert place in result.stderr
    assert remedy in result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr) < 3_000


SOUND: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "BOM": ("p.jsonl", lambda line: b"\xef\xbb\xbf" + line),
    "CRLF": ("p.jsonl", lambda line: line + b"\r\n"),
    "gzip": ("p.jsonl.gz", gzip.compress),
    "escaped control characters": ("p.jsonl", lambda line: line.replace(b"Why", rb"\u0000\n\t")),
    "JSON list": ("p.json", lambda line: b"[" + line + b"]"),
}


@pytest.mark.parametrize("case", SOUND)
def test_what_is_no_damage_is_read(audit: Audit, tmp_path: Path, case: str) -> None:
    """A BOM, CRLF, compression and escaped control characters are fine."""
    name, change = SOUND[case]
    (tmp_path / name).write_bytes(change(LINE))
    result = audit("probes", "check", tmp_path / name)
    assert (result.returncode, result.stderr) == (0, "")
