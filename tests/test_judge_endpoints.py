"""Does a judge at an endpoint say nothing that no server said, and does a secret stay one?"""

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from conftest import AUDIT, Audit
from judged_runs import judges_file, replies_of, verdicts_of
from vllm_server import VllmServer, free_port

READY_SECONDS = 240

pytestmark = pytest.mark.model  # each test asks a server in a model's place, by a stage program


@pytest.fixture
def run(judged_import: Path, tmp_path: Path) -> Path:
    """Return a run of 24 answers, two of them empty, that `rules` has judged."""
    return shutil.copytree(judged_import, tmp_path / "run")


def test_a_key_that_is_not_set_is_named(audit: Audit, run: Path) -> None:
    """The name of the variable is told, and asked for before anything is sent."""
    endpoint = {"url": "http://127.0.0.1:9/v1", "model": "m", "api_key_env": "NO_SUCH_KEY_HERE"}
    judges = judges_file(run.parent, far={"kind": "generative", "endpoint": endpoint})
    result = audit("score", run, "--judge", "far", "--judges", judges)
    assert result.returncode == 2
    assert "NO_SUCH_KEY_HERE" in result.stderr


def test_a_key_is_never_written_down(
    audit: Audit, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even where a server repeats it in its refusal, and not in an address."""
    secret = "sk-very-secret-0123456789"  # noqa: S105 - made up
    monkeypatch.setenv("THE_KEY", secret)

    class Refusing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.dumps({"error": {"message": f"bad {self.headers['Authorization']}"}})
            self.send_response(401)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/v1"
        endpoint = {"url": address, "model": "m", "api_key_env": "THE_KEY"}
        judges = judges_file(run.parent, far={"kind": "generative", "endpoint": endpoint})
        result = audit("score", run, "--judge", "far", "--judges", judges)
        server.shutdown()
    assert result.returncode == 0, result.stderr
    reasons = {row["reason"] for row in verdicts_of(run, "far") if row["label"] == "unscored"}
    assert any("bad Bearer [key]" in reason for reason in reasons)
    written = [path for path in run.rglob("*") if path.is_file()]
    assert not [path for path in written if secret.encode() in path.read_bytes()]
    endpoint["url"] = "http://user:word@127.0.0.1:9/v1"
    judges = judges_file(run.parent, far={"kind": "generative", "endpoint": endpoint})
    assert audit("score", run, "--judge", "far", "--judges", judges).returncode == 2
    pasted = {"url": "http://127.0.0.1:9/v1", "model": "m", "api_key_env": secret}
    judges = judges_file(run.parent, far={"kind": "generative", "endpoint": pasted})
    refused = audit("score", run, "--judge", "far", "--judges", judges)
    assert (refused.returncode, secret in refused.stderr) == (2, False)


@pytest.mark.parametrize(
    "body", ['{"choices": null}', '{"choices": []}', "<html>busy</html>", '{"choi', "[]", ""]
)
def test_an_odd_reply_is_unscored(audit: Audit, run: Path, body: str) -> None:
    """A server that answers with something else ends no stage and gives no label."""

    class Odd(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with HTTPServer(("127.0.0.1", 0), Odd) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        endpoint = {"url": f"http://127.0.0.1:{server.server_port}/v1", "model": "m"}
        judges = judges_file(
            run.parent, odd={"kind": "generative", "endpoint": endpoint, "retries": 0}
        )
        result = audit("score", run, "--judge", "odd", "--judges", judges)
        server.shutdown()
    assert result.returncode == 0, result.stderr
    assert [row["label"] for row in verdicts_of(run, "odd")].count("unscored") == 22


def test_a_torn_reply_is_asked_again(audit: Audit, run: Path) -> None:
    """What a full disk or a kill left of a last line stops nothing."""
    endpoint = {"url": f"http://127.0.0.1:{free_port()}/v1", "model": "m"}
    judges = judges_file(run.parent, far={"kind": "generative", "endpoint": endpoint, "retries": 0})
    assert audit("score", run, "--judge", "far", "--judges", judges).returncode == 0
    (replies,) = (run / "judging").glob("far-*/replies.jsonl")
    replies.write_bytes(replies.read_bytes()[:-20])
    again = audit("score", run, "--judge", "far", "--judges", judges)
    assert again.returncode == 0, again.stderr


def test_a_dead_endpoint_leaves_all_unscored(audit: Audit, run: Path) -> None:
    """No label is made up, the reason is told, and the comparison is no pass."""
    endpoint = {"url": f"http://127.0.0.1:{free_port()}/v1", "model": "m", "concurrency": 2}
    judges = judges_file(run.parent, far={"kind": "generative", "endpoint": endpoint, "retries": 0})
    result = audit("score", run, "--judge", "far", "--judges", judges)
    assert result.returncode == 0, result.stderr
    assert "22 of them unscored" in result.stderr
    labels = [row["label"] for row in verdicts_of(run, "far")]
    assert (labels.count("unscored"), labels.count("degenerate")) == (22, 2)
    assert audit("compare", run, "--judge", "far").returncode in (2, 4)


@pytest.fixture
def server(tiny_judge: Path) -> Iterator[VllmServer]:
    """Return vLLM's own OpenAI-compatible server, not started yet."""
    compact = json.dumps({"backend": "xgrammar", "disable_any_whitespace": True})
    made = VllmServer(tiny_judge, "judge", "--structured-outputs-config", compact)
    yield made
    made.kill()


def test_a_server_that_is_killed_midway_loses_nothing(
    run: Path, audit: Audit, server: VllmServer
) -> None:
    """What was judged stays, the rest is unscored with the reason, and is asked again later."""
    endpoint = {
        "url": f"http://127.0.0.1:{server.port}/v1",
        "model": "judge",
        "concurrency": 1,
        "timeout_seconds": 60,
    }
    judges = judges_file(run.parent, far={"kind": "generative", "endpoint": endpoint, "retries": 0})
    server.start()
    command = [AUDIT, "score", str(run), "--judge", "far", "--judges", str(judges)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as scoring:
        deadline = time.monotonic() + READY_SECONDS
        while not any((run / "judging").glob("far-*/replies.jsonl")) or not replies_of(run, "far"):
            assert scoring.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        server.kill()
        told = scoring.communicate(timeout=READY_SECONDS)[1]
    assert scoring.returncode == 0, told
    unscored = [row for row in verdicts_of(run, "far") if row["label"] == "unscored"]
    assert unscored
    assert any("endpoint" in row["reason"] for row in unscored)
    answered = {row["id"] for row in replies_of(run, "far") if row["text"] is not None}
    assert answered
    server.start()
    again = audit("score", run, "--judge", "far", "--judges", judges)
    assert again.returncode == 0, again.stderr
    rows = replies_of(run, "far")
    assert all(sum(row["id"] == name for row in rows) == 1 for name in answered)
    reasons = [row["reason"] for row in verdicts_of(run, "far") if row["label"] == "unscored"]
    assert not any("endpoint" in reason for reason in reasons)
    assert len(verdicts_of(run, "far")) == 24


FAR = {"url": "https://judge.example/v1", "model": "m", "api_key_env": "HF_TOKEN"}


def _hostile(run: Path) -> Path:
    """Let a run's own configuration name a server and the variable of a user's key."""
    config = run / "config.yaml"
    written = config.read_text().replace("allow_unresolved: false", "allow_unresolved: true")
    lines = [line for line in written.splitlines() if not line.startswith("judge")]
    judges = json.dumps({"far": {"kind": "generative", "endpoint": FAR}})
    config.write_text("\n".join([*lines, "judge: far", f"judges: {judges}"]) + "\n")
    return run


@pytest.mark.parametrize(
    "command",
    [
        ("score", "RUN"),
        ("pairwise", "RUN", "--judge", "far"),
        ("check", "RUN", "--baseline", "RUN"),
    ],
)
def test_a_server_that_only_the_run_names_is_not_asked(
    audit: Audit,
    run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
) -> None:
    """Nothing is sent; server and key are named, and the way to trust them."""
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    words = [str(_hostile(run)) if word == "RUN" else word for word in command]
    words += ["--out", str(tmp_path / "check")] if command[0] == "check" else []
    history = ["--history", str(tmp_path / "h.sqlite")] if command[0] == "check" else []
    result = audit(*words, *history)
    assert result.returncode == 2, result.stderr
    for named in ("https://judge.example/v1", "HF_TOKEN", "--trust-endpoints"):
        assert named in result.stderr
    assert "hf_secret" not in result.stderr
    assert not (run / "judging").exists()


def test_a_server_of_the_users_own_file_or_a_trusted_one_is_asked(
    audit: Audit, run: Path, tmp_path: Path
) -> None:
    """The same judge in a file of the user's, or with the flag, is asked: here it has no key."""
    _hostile(run)
    keyless = {**FAR, "api_key_env": "NO_KEY"}
    own = judges_file(tmp_path, far={"kind": "generative", "endpoint": keyless})
    for way in (["--judges", own], ["--trust-endpoints"]):
        found = audit("score", run, *way)
        assert "--trust-endpoints" not in found.stderr
        assert (run / "judging").exists()
        shutil.rmtree(run / "judging")


@pytest.mark.parametrize(
    ("endpoint", "says"),
    [
        ({**FAR, "url": "http://judge.example/v1"}, "https only"),
        ({**FAR, "url": "https://me:hunter2@judge.example/v1"}, "no address"),
        ({**FAR, "url": "https://judge.example/v1?key=hunter2"}, "no address"),
    ],
)
def test_keys_are_neither_overheard_nor_repeated(
    audit: Audit, run: Path, tmp_path: Path, endpoint: dict[str, str], says: str
) -> None:
    """A key over http to another machine, and a secret in an address, are refused unrepeated."""
    judges = judges_file(tmp_path, far={"kind": "generative", "endpoint": endpoint})
    result = audit("score", run, "--judge", "far", "--judges", judges)
    assert (result.returncode, says in result.stderr) == (2, True), result.stderr
    assert "hunter2" not in result.stderr
