"""Does the tutorial work as it is written, block after block?"""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from conftest import PROJECT, Audit
from made_documents import FENCE

TUTORIAL = PROJECT / "docs" / "tutorial.md"
FILE = re.compile(r"`([\w.]+\.(?:jsonl|yaml))`")
VERDICTS = {0, 3, 4}


def _blocks() -> Iterator[tuple[str, str, str]]:
    """Yield each block with its language and the file that was named last before it."""
    text = TUTORIAL.read_text(encoding="utf-8")
    for block in FENCE.finditer(text):
        named = FILE.findall(text[: block.start()])
        yield block.group(1), named[-1] if named else "", block.group(2)


def test_a_newcomer_gets_to_a_verdict_and_a_gate(
    audit: Audit, tiny_model: Path, tmp_path: Path
) -> None:
    """Files are written where the text names them, and every command ends as it says."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "mine").symlink_to(tiny_model)
    ran = []
    for language, file, text in _blocks():
        if language:
            (tmp_path / file).write_text(text, encoding="utf-8")
            continue
        for line in text.splitlines():
            words = shlex.split(line)
            ended = audit(*words[1:], cwd=tmp_path)
            is_verdict = words[1] in {"train-and-compare", "check"} and "--dry-run" not in words
            assert ended.returncode in (VERDICTS if is_verdict else {0}), (line, ended.stderr)
            ran.append(words[1])
    assert ran == [
        *("preferences", "probes", "init", "train-and-compare", "train-and-compare"),
        *("plan", "bless", "check", "history"),
    ]
    page = (tmp_path / "runs" / "first" / "report.html").read_text(encoding="utf-8")
    assert "former boss" in page
    assert (tmp_path / "runs" / "second" / "report.html").is_file()
