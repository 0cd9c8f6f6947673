"""Is a model behind a server asked as an arm, and does a secret stay one?"""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from adapter_zoo import save_adapter
from conftest import AUDIT, Audit, read_rows
from odd_server import completion, serve
from vllm_server import VllmServer

from audit.jobs.candidate import server_named

CONFIG = """\
probes: [{set: harmful, limit: 10}, {set: borderline, limit: 10}, {set: helpful, limit: 10}]
generation: {max_tokens: 16}
gate: {allow_unresolved: true}
"""
SECRET = "sk-very-secret-0123456789"  # noqa: S105 - made up
OWN = {"OPENAI_API_KEY": SECRET, "OPENAI_ORG_ID": "org-own", "OPENAI_CUSTOM_HEADERS": "X-Own: own"}

pytestmark = pytest.mark.model  # each test asks a server in a model's place, by a stage program


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write what is asked, and how."""
    path = tmp_path_factory.mktemp("served-config") / "asked.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def server(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VllmServer]:
    """Return vLLM's own server, not started yet."""
    adapter = save_adapter(tiny_model, tmp_path_factory.mktemp("tuned") / "adapter")
    lora = ("--enable-lora", "--max-lora-rank", "8", "--lora-modules", f"tuned={adapter}")
    made = VllmServer(tiny_model, "base", *lora)
    yield made
    made.kill()


def _arms(run: Path) -> dict[str, Any]:
    return dict(json.loads((run / "manifest.json").read_text())["arms"])


def _rows(run: Path, arm: str) -> dict[str, dict[str, Any]]:
    rows = read_rows(run / "arms" / arm / "responses.jsonl")
    found = {row["probe_id"]: row for row in rows}
    assert len(found) == len(rows)
    return found


def test_a_server_that_is_killed_midway_loses_and_doubles_nothing(
    audit: Audit, server: VllmServer, config: Path, tiny_model: Path, tmp_path: Path
) -> None:
    """The run ends with what is missing, goes on, and holds what an undisturbed one holds."""
    server.start()
    models = [f"served:{name}@{server.url}" for name in ("base", "tuned")]
    whole = tmp_path / "whole"
    found = audit("compare-models", *models, "--config", config, "--out", whole, "--json")
    assert found.returncode in (0, 3, 4), found.stderr
    identities = {name: arm["identity"] for name, arm in _arms(whole).items()}
    assert {one["weights_sha256"] for one in identities.values()} == {"unknown"}
    assert identities["before"]["engine_version"] not in ("", "unknown")
    assert identities["before"]["served"]["system_fingerprint"].startswith("vllm-")
    assert identities["after"]["served"]["model"] == "tuned"
    odds = [row["refusal_log_odds"] for row in _rows(whole, "before").values()]
    assert None not in odds
    page = (whole / "report.html").read_text(encoding="utf-8")
    assert page.count("The weights are unknown: a server answered") == 2
    killed = tmp_path / "killed"
    command = ["compare-models", *models, "--config", str(config), "--out", str(killed)]
    begun = killed / "arms" / "after" / "responses.jsonl"
    with subprocess.Popen([AUDIT, *command], stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 300
        while not begun.exists() or begun.read_bytes().count(b"\n") < 3:
            assert process.poll() is None, "the run ended before the server could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.005)
        server.kill()
        told = process.communicate(timeout=300)[1]
    assert process.returncode == 5, told
    assert "questions got no answer" in told
    assert 3 <= len(_rows(killed, "after")) < 30
    assert _arms(killed)["after"]["asked"] is False
    server.start()
    again = audit(*command, "--resume")
    assert again.returncode in (0, 3, 4), again.stderr
    for arm in ("before", "before-again", "after"):
        texts = {probe: row["text"] for probe, row in _rows(killed, arm).items()}
        assert texts == {probe: row["text"] for probe, row in _rows(whole, arm).items()}
    _is_checked_and_held_apart(audit, server, whole, tiny_model, tmp_path)


def _is_checked_and_held_apart(
    audit: Audit, server: VllmServer, whole: Path, tiny_model: Path, tmp_path: Path
) -> None:
    """Hold a served candidate against the served baseline; other engines are refused unasked."""
    history = ("--history", tmp_path / "h.sqlite")
    against = ("--baseline", whole, "--baseline-arm", "before", *history)
    out = tmp_path / "check"
    found = audit("check", f"served:tuned@{server.url}", *against, "--out", out, "--json")
    assert found.returncode in (0, 3, 4), found.stderr
    texts = {probe: row["text"] for probe, row in _rows(out, "after").items()}
    assert texts == {probe: row["text"] for probe, row in _rows(whole, "after").items()}
    here = audit("check", tiny_model, *against, cwd=tmp_path)
    assert (here.returncode, "was served, and has no model" in here.stderr) == (2, True)
    spoilt = shutil.copytree(whole, tmp_path / "spoilt")
    manifest = json.loads((spoilt / "manifest.json").read_text())
    manifest["arms"]["before"]["identity"]["engine_version"] = "0.0.1"
    (spoilt / "manifest.json").write_text(json.dumps(manifest))
    against = ("--baseline", spoilt, "--baseline-arm", "before", *history)
    other = audit("check", f"served:tuned@{server.url}", *against, cwd=tmp_path)
    assert (other.returncode, "differ in engine_version" in other.stderr) == (2, True)


def test_models_here_and_behind_servers_are_not_mixed(
    audit: Audit, config: Path, tiny_model: Path, tmp_path: Path
) -> None:
    """They would differ in more than weights, so nothing is asked."""
    out = tmp_path / "run"
    command = ("compare-models", tiny_model, "served:m@http://127.0.0.1:9/v1")
    found = audit(*command, "--config", config, "--out", out)
    assert (found.returncode, "more than weights" in found.stderr) == (2, True)
    assert not out.exists()


def _compare(
    audit: Audit, tmp_path: Path, config: Path, url: str, **settings: Any
) -> subprocess.CompletedProcess[str]:
    """Compare two models of one server, each named in a file."""
    files = []
    for model in ("one", "two"):
        file = tmp_path / f"{model}.yaml"
        file.write_text(json.dumps({"url": url, "model": model, **settings}))
        files.append(file)
    small = ("--set", "probes=[{set: harmful, limit: 4}]", "--set", "generation.noise_floor=false")
    out = ("--out", tmp_path / "run", "--resume")
    return audit("compare-models", *files, "--config", config, *small, *out)


def test_a_key_goes_nowhere_else_and_is_never_written(
    audit: Audit, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the named variable is sent, to no redirection; a server's echo of it is blotted out."""
    for name, text in OWN.items():
        monkeypatch.setenv(name, text)
    with serve(lambda *_: (200, {}, completion("no"))) as elsewhere:
        moved = {"Location": f"{elsewhere.url}/chat/completions"}
        with serve(lambda *_: (307, moved, "")) as server:
            refused = _compare(audit, tmp_path, config, server.url, api_key_env="OPENAI_API_KEY")
            assert refused.returncode == 2, refused.stderr
        assert elsewhere.bodies == []
    with serve(lambda *_: (200, {}, completion(f"You said {SECRET}?"))) as server:
        shutil.rmtree(tmp_path / "run")
        found = _compare(audit, tmp_path, config, server.url, api_key_env="OPENAI_API_KEY")
        assert found.returncode in (3, 4), found.stderr
        assert {sent["authorization"] for sent in server.headers} == {f"Bearer {SECRET}"}
        assert not [sent for sent in server.headers if "org-own" in sent.values()]
        assert not [sent for sent in server.headers if "x-own" in sent]
    texts = {row["text"] for row in _rows(tmp_path / "run", "after").values()}
    assert texts == {"You said [key]?"}
    written = [path for path in (tmp_path / "run").rglob("*") if path.is_file()]
    assert not [path for path in written if SECRET.encode() in path.read_bytes()]
    with serve(lambda *_: (200, {}, completion("yes"))) as server:
        shutil.rmtree(tmp_path / "run")
        assert _compare(audit, tmp_path, config, server.url).returncode in (3, 4)
        assert {sent["authorization"] for sent in server.headers} == {"Bearer none"}
    unset = _compare(audit, tmp_path, config, server.url, api_key_env="NO_SUCH_KEY_HERE")
    assert unset.returncode == 2


def test_a_rate_limit_is_waited_for(audit: Audit, config: Path, tmp_path: Path) -> None:
    """Retry-After is honoured, failed requests are sent again, and no answer is lost or doubled."""

    def limited(count: int, body: dict[str, Any]) -> tuple[int, dict[str, str], str]:
        if count in (2, 5):
            return 429, {"Retry-After": "1"}, '{"error": {"message": "slow down"}}'
        if count == 7:
            return 503, {}, "<html>busy</html>"
        return 200, {}, completion(f"{body['model']}: {body['messages'][-1]['content']}")

    with serve(limited) as server:
        started = time.monotonic()
        found = _compare(audit, tmp_path, config, server.url, concurrency=1)
        assert found.returncode in (3, 4), found.stderr
        assert time.monotonic() - started > 2
    for arm, model in (("before", "one"), ("after", "two")):
        rows = _rows(tmp_path / "run", arm)
        assert len(rows) == 4
        assert all(row["text"].startswith(f"{model}: ") for row in rows.values())
        assert all(row["refusal_log_odds"] is None for row in rows.values())


def test_a_server_without_first_tokens_is_asked_without(
    audit: Audit, config: Path, tmp_path: Path
) -> None:
    """Where logprobs are refused, answers come without log-odds."""

    def plain(_: int, body: dict[str, Any]) -> tuple[int, dict[str, str], str]:
        if "logprobs" in body:
            return 400, {}, '{"error": {"message": "logprobs are not supported"}}'
        return 200, {}, completion("Certainly.")

    with serve(plain) as server:
        found = _compare(audit, tmp_path, config, server.url)
    assert found.returncode in (3, 4), found.stderr
    assert len(_rows(tmp_path / "run", "after")) == 4


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (404, '{"error": {"message": "no model one"}}', "no model one"),
        (401, '{"error": {"message": "who are you"}}', "who are you"),
        (200, '{"choices": null}', "has not the form"),
        (200, "<html>busy</html>", "has not the form"),
    ],
)
def test_what_a_server_refuses_is_told(
    audit: Audit, config: Path, tmp_path: Path, status: int, body: str, says: str
) -> None:
    """No answer is made up, and the server's words are told."""
    with serve(lambda *_: (status, {}, body)) as server:
        found = _compare(audit, tmp_path, config, server.url, retries=0)
    assert (found.returncode, says in found.stderr) == (2, True), found.stderr


def test_a_server_that_changes_is_not_one_arm(audit: Audit, config: Path, tmp_path: Path) -> None:
    """Answers under another system fingerprint are not kept, and the run does not end well."""

    def changing(count: int, _: dict[str, Any]) -> tuple[int, dict[str, str], str]:
        return 200, {}, completion("Yes.").replace("fp-1", "fp-2" if count > 3 else "fp-1")

    with serve(changing) as server:
        found = _compare(audit, tmp_path, config, server.url, concurrency=1)
    assert (found.returncode, "fingerprint is fp-2 now" in found.stderr) == (5, True), found.stderr
    assert len(_rows(tmp_path / "run", "before")) == 2


def test_a_run_that_was_sent_around_asks_no_server(
    audit: Audit, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither probes nor a key go to a server that only the run names, unless it is trusted."""
    monkeypatch.setenv("THE_KEY", SECRET)
    with serve(lambda *_: (200, {}, completion("Yes."))) as server:
        done = _compare(audit, tmp_path, config, server.url, api_key_env="THE_KEY")
        assert done.returncode in (3, 4), done.stderr
        run, sent = tmp_path / "run", len(server.bodies)
        (run / "arms" / "after" / "responses.jsonl").unlink()
        refused = audit("generate", run)
        assert (refused.returncode, "--trust-endpoints" in refused.stderr) == (2, True)
        assert "THE_KEY" in refused.stderr
        assert len(server.bodies) == sent
        trusted = audit("generate", run, "--trust-endpoints")
        assert trusted.returncode == 0, trusted.stderr
        assert len(_rows(run, "after")) == 4


def test_a_server_is_named_on_the_command_line_or_in_a_file(tmp_path: Path) -> None:
    """The model's name may hold what an address holds; folders and other files are no servers."""
    found = server_named("served:org/Model-7B@https://gw.example/x/v1")
    assert found is not None
    assert (found.model, found.url) == ("org/Model-7B", "https://gw.example/x/v1")
    assert server_named("some/folder") is None
    assert server_named(str(tmp_path / "missing.yaml")) is None
