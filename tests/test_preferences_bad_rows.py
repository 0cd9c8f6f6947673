"""Is preference data that nothing can be learned from refused before training, with its place?"""

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Audit, write_rows

USER = {"role": "user", "content": "Why is the sky blue?"}
GOOD = {"role": "assistant", "content": "Light scatters."}
BAD = {"role": "assistant", "content": "I won't say."}
SYSTEM = {"role": "system", "content": "Be brief."}

ROWS: dict[str, tuple[dict[str, Any], str]] = {
    "other columns": (
        {"question": "Why?", "answer": "So.", "worse": "No."},
        "columns found: question, answer, worse); add it, or name another column so; columns",
    ),
    "the prompt in another column": (
        {"question": "Why?", "chosen": "The sun is.", "rejected": "The moon is."},
        '"prompt" is missing, and "question" is not read (columns found: question, chosen',
    ),
    "no assistant turn": (
        {"chosen": [USER], "rejected": [USER]},
        "the last turn is not the assistant's",
    ),
    "no assistant turn beside a prompt": (
        {"prompt": [USER], "chosen": [USER], "rejected": [USER | {"content": "And why red?"}]},
        "an answer is not the assistant's turn",
    ),
    "no assistant in a transcript": (
        {"chosen": "\n\nHuman: Hi", "rejected": "\n\nHuman: Ho"},
        "the last turn is not the assistant's",
    ),
    "equal sides": ({"prompt": "Why?", "chosen": "So.", "rejected": "So. "}, "equals"),
    "an empty side": ({"prompt": "Why?", "chosen": "So.", "rejected": " "}, '"rejected" is empty'),
    "an empty prompt": ({"prompt": " ", "chosen": "So.", "rejected": "No."}, '"prompt" is empty'),
    "the user twice": (
        {"prompt": [USER, USER], "chosen": [GOOD], "rejected": [BAD]},
        "turn 2 of the prompt is the user's, where the assistant's is due",
    ),
    "the assistant first": (
        {"prompt": [GOOD, USER], "chosen": [GOOD], "rejected": [BAD]},
        "turn 1 of the prompt is the assistant's, where the user's is due",
    ),
    "a late system turn": (
        {"prompt": [USER, SYSTEM, USER], "chosen": [GOOD], "rejected": [BAD]},
        "turn 2 of the prompt is the system's, where the assistant's is due",
    ),
    "an unknown role": (
        {"prompt": [{"role": "bot", "content": "Hi"}], "chosen": [GOOD], "rejected": [BAD]},
        "a turn has no role and content",
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_bad_row_ends_with_exit_code_2(audit: Audit, tmp_path: Path, name: str) -> None:
    """Before a model is looked at, the row is named by its line, with what is wrong with it."""
    row, told = ROWS[name]
    good = {"prompt": [USER], "chosen": [GOOD], "rejected": [BAD]}
    path = write_rows(tmp_path / "pairs.jsonl", [good, row])
    config = tmp_path / "c.yaml"
    config.write_text("model: {path: somebody/model}\npreferences: {path: pairs.jsonl}\n")
    result = audit("train-and-compare", config, "--dry-run")
    assert result.returncode == 2, result.stdout
    assert f"{path}:2: " in result.stderr
    assert told in result.stderr
    assert f"{path}:1: " not in result.stderr


@pytest.mark.parametrize("command", ["inspect", "train"])
def test_where_no_row_can_be_used_the_reasons_are_told(
    audit: Audit, tmp_path: Path, command: str
) -> None:
    """Dropping all rows does not hide why."""
    path = write_rows(tmp_path / "pairs.jsonl", [{"a": "x", "b": "y"}])
    config = tmp_path / "c.yaml"
    config.write_text(
        "model: {path: somebody/m}\npreferences: {path: pairs.jsonl, invalid_rows: drop}\n"
    )
    asked = ("preferences", "inspect", path)
    result = audit(*(asked if command == "inspect" else ("train-and-compare", config, "--dry-run")))
    assert result.returncode == 2
    assert "no pair is left to train on" in result.stderr
    assert "columns found: a, b" in result.stderr


def test_rows_with_a_system_turn_at_the_start_are_read(tmp_path: Path) -> None:
    """It is the only place that chat templates have for one."""
    from audit.settings.preferences import PreferencesConfig
    from train.preferences import load_preferences

    row = {"prompt": [SYSTEM, USER], "chosen": [GOOD], "rejected": [BAD]}
    path = tmp_path / "pairs.jsonl"
    path.write_text(json.dumps(row))
    found = load_preferences(PreferencesConfig(path=str(path)), seed=0)
    assert [turn.role for turn in found.train[0].prompt] == ["system", "user"]
