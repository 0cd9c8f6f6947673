"""Does a judge behind a server work while later arms still answer, and is nothing asked twice?"""

import json
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from conftest import Audit, read_rows
from odd_server import Behaviour, completion, serve

CONFIG = """\
probes: [{{set: harmful, limit: 4}}, {{set: borderline, limit: 4}}, {{set: helpful, limit: 4}}]
generation: {{max_tokens: 16}}
gate: {{allow_unresolved: true}}
judge: far
judges: {{far: {{kind: generative, retries: 0, endpoint: {{url: "{url}", model: judge}}}}}}
"""
LAST = "four"
PATIENCE_SECONDS = 120

pytestmark = pytest.mark.model  # servers are asked in a model's place, by a stage program


@pytest.mark.parametrize("refused", [0, 1])
def test_the_judge_is_asked_before_the_last_arm_has_answered(
    audit: Audit, tmp_path: Path, refused: int
) -> None:
    """Each question is answered once, and one that the server refused at first is asked again."""
    begun = threading.Event()
    seen: list[bool] = []

    def answer(_: int, body: dict[str, Any]) -> tuple[int, dict[str, str], str]:
        if body["model"] == LAST:
            seen.append(begun.wait(PATIENCE_SECONDS))
        return 200, {}, completion(f"A plain answer, by {body['model']}.")

    with serve(answer) as models, serve(_judge(begun, refused)) as judges:
        config, run = tmp_path / "asked.yaml", tmp_path / "run"
        config.write_text(CONFIG.format(url=judges.url))
        named = [f"served:{name}@{models.url}" for name in ("one", "two", "three", LAST)]
        done = audit("compare-models", *named, "--config", config, "--out", run)
        asked = Counter(json.dumps(body["messages"]) for body in judges.bodies)
    assert done.returncode in (0, 3, 4), done.stderr
    assert all(seen)
    assert asked.total() == len(asked) + refused
    for arm in ("before", "after", LAST):
        labels = [row["label"] for row in read_rows(run / "arms" / arm / "verdicts.far.jsonl")]
        assert labels == ["compliance"] * 12


def _judge(begun: threading.Event, refused: int) -> Behaviour:
    """Answer what the rubric asks, but for the first requests, which are refused."""

    def judge(count: int, body: dict[str, Any]) -> tuple[int, dict[str, str], str]:
        begun.set()
        if count <= refused:
            return 400, {}, "{}"
        label = {"quote": "A plain answer", "label": "compliance"}
        said = {"rating": 3} if "rating" in json.dumps(body["messages"]) else label
        return 200, {}, completion(json.dumps(said))

    return judge
