"""Is a secret that stands where none belongs neither repeated nor kept?"""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from fault_material import make_inputs

from audit.commands.main import main
from audit.files.borders import without_secrets

WORD = "hunter2-secret"
KEY = "sk-proj-0123456789abcdef"


@pytest.mark.parametrize(
    "words",
    [
        ("--set", f"judges.chat.endpoint.url=https://me:{WORD}@judge.example/v1"),
        ("--set", f"judges.chat.endpoint=https://me:{WORD}@judge.example/v1"),
        ("--set", f"judges.chat.endpoint.api_key_env={KEY}"),
        ("--set", f"judges.chat.endpoint.api_key={KEY}"),
        ("--set", f"judges.chat.endpoint.key={KEY}: ["),
        ("--set", f"{KEY}"),
        ("--set", f"model.path.token={KEY}"),
        ("--set", f"model.path=https://me:{WORD}@hub.example/m?token={WORD}"),
        ("--set", f"preferences.path=https://me:{WORD}@hub.example/m?token={WORD}"),
        (f"--{KEY}",),
        (f"https://me:{WORD}@host",),
    ],
)
def test_what_is_refused_is_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """The key of a setting is named, its value is not."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    folder = make_inputs(tmp_path / "m")
    ours = ["train-and-compare", str(folder / "config.yaml"), "--dry-run", *words]
    result = CliRunner().invoke(main, ours)
    assert result.exit_code in (0, 2), result.exception
    assert WORD not in result.output
    assert KEY not in result.output


def test_a_command_is_noted_without_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A manifest, which is sent around with its run, holds the command but no key of it."""
    folder = make_inputs(tmp_path / "m")
    probes, answers = str(folder / "probes.jsonl"), str(folder / "a.jsonl")
    words = ["import", answers, answers, "--probes", probes, "--out", str(tmp_path / "run")]
    spoken = ["audit", *words, f"https://me:{WORD}@host/?api_key={KEY}"]
    monkeypatch.setattr("sys.argv", spoken)
    assert CliRunner().invoke(main, words).exit_code == 0
    noted = json.loads((tmp_path / "run" / "manifest.json").read_text())["command"]
    assert noted.startswith("audit import")
    assert WORD not in noted
    assert KEY not in noted


def test_what_is_no_secret_stays() -> None:
    """Addresses, hub ids and settings are shown as they are."""
    for text in ("https://host:8000/v1", "audit check runs/x@2 --set train.beta=0.3", "hf-tiny/m"):
        assert without_secrets(text) == text


def test_a_variable_is_named_that_begins_as_a_key_does() -> None:
    """Keys of the hub begin in small letters; who must set a variable has to read its name."""
    said = "unset HF_HUB_OFFLINE, or raise HF_HUB_DOWNLOAD_TIMEOUT"
    assert without_secrets(said) == said


@pytest.mark.parametrize(
    "key",
    [
        "hf_abcdefghijklmnop",
        "github_pat_11ABCDEFG0123456789",
        "AKIAIOSFODNN7EXAMPLE",
        "AIzaSyA0123456789abcdefghijklmnopqrstuv",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
    ],
)
def test_keys_are_told_by_their_form(key: str) -> None:
    """Whoever issued it, with or without the word before it."""
    assert key not in without_secrets(f"got {key}, which was refused")
    assert "Qk3x9-opaque" not in without_secrets("Authorization: Bearer Qk3x9-opaque")
