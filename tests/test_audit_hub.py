"""Is the hub used where the configuration names a hub id, and named where it cannot help?"""

import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest
from conftest import AUDIT, PROJECT
from local_hub import COMMIT, serve

UNREACHABLE_SECONDS = 12
"""Five are promised on a free machine; others may be working on this one."""


def _audit(hub: str, home: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HF_ENDPOINT": hub, "HF_HOME": str(home)}
    environment.pop("HF_HUB_OFFLINE", None)
    return subprocess.run(
        [AUDIT, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        timeout=600,
    )


def test_model_and_preferences_come_from_the_hub(tiny_model: Path, tmp_path: Path) -> None:
    """Both are fetched by id, and the manifest names the commit."""
    pairs = tmp_path / "pairs"
    pairs.mkdir()
    shutil.copy(PROJECT / "train" / "data" / "demo_pairs.jsonl", pairs / "train.jsonl")
    config = tmp_path / "hub.yaml"
    config.write_text(
        """\
model: {path: somebody/tiny-chat}
preferences: {path: somebody/pairs, limit: 8}
train: {max_steps: 1, per_device_train_batch_size: 2, max_length: 64}
probes: [{set: harmful, limit: 2}]
generation: {max_tokens: 4}
gate: {allow_unresolved: true}
"""
    )
    run = tmp_path / "run"
    repositories = {"models/somebody/tiny-chat": tiny_model, "datasets/somebody/pairs": pairs}
    with serve(repositories) as hub:
        result = _audit(hub, tmp_path / "home", "train-and-compare", config, "--out", run)
    assert result.returncode in (0, 3, 4), result.stderr
    model = json.loads((run / "manifest.json").read_text())["model"]
    assert (model["source"], model["revision"]) == ("somebody/tiny-chat", COMMIT)


@pytest.mark.model
def test_what_the_hub_does_not_have_is_named(tmp_path: Path) -> None:
    """A wrong hub id ends with exit code 2 before anything is written."""
    config = tmp_path / "hub.yaml"
    config.write_text("model: {path: somebody/nothing}\npreferences: {path: demo}\n")
    with serve({}) as hub:
        out = tmp_path / "run"
        result = _audit(hub, tmp_path / "home", "train-and-compare", config, "--out", out)
    assert result.returncode == 2
    assert "the hub did not give it" in result.stderr
    assert "Traceback" not in result.stderr
    assert not out.exists()


@pytest.mark.model
def test_a_hub_out_of_reach_is_said_in_five_seconds(tmp_path: Path) -> None:
    """Where nothing answers, a model's and a data set's id are refused without a long wait."""
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        hub = f"http://127.0.0.1:{unheard.getsockname()[1]}"
        config = tmp_path / "hub.yaml"
        config.write_text("model: {path: somebody/nothing}\npreferences: {path: demo}\n")
        for arguments in (["probes", "show", "xstest"], ["train-and-compare", config]):
            started = time.monotonic()
            result = _audit(hub, tmp_path / "home", *arguments)
            assert time.monotonic() - started < UNREACHABLE_SECONDS
            assert result.returncode == 2
            assert "the hub did not give it" in result.stderr
