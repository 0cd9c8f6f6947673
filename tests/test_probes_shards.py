"""Do several workers that share the probes answer what one would, although one is killed?"""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from adapter_zoo import save_adapter
from conftest import AUDIT, Audit, read_rows, write_rows

from audit.errors import InputError
from audit.run.shard import Shard, read_shard

PROBES = 240
ARMS = ("before", "before-again", "after")


@pytest.fixture(scope="module")
def begun(
    audit: Audit, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """Return a run that was asked by one engine, and the same run of which nothing was asked."""
    folder = tmp_path_factory.mktemp("shards")
    adapter = save_adapter(tiny_model, folder / "adapter")
    kinds = ("harmful", "borderline", "helpful")
    probes = [
        {"id": f"p{n}", "set": "s", "kind": kinds[n % 3], "category": "c", "prompt": f"Say {n}."}
        for n in range(PROBES)
    ]
    file, whole = write_rows(folder / "probes.jsonl", probes), folder / "whole"
    settings = (
        "generation.max_tokens=4",
        "generation.max_num_seqs=8",
        "gate.allow_unresolved=true",
    )
    options = [word for setting in settings for word in ("--set", setting)]
    command = ("compare-models", tiny_model, adapter, "--probes", file, "--out", whole)
    found = audit(*command, *options)
    assert found.returncode in (0, 3, 4), found.stderr
    empty = shutil.copytree(whole, folder / "empty", ignore=shutil.ignore_patterns("arms"))
    manifest = json.loads((empty / "manifest.json").read_text())
    unasked = {"identity": None, "asked": False, "responses_sha256": None, "sessions": 0}
    arms = {name: {**arm, **unasked} for name, arm in manifest["arms"].items()}
    for arm in arms.values():
        arm["weights_proof"] = None
    fresh = {"arms": arms, "scored": {}, "compared": None, "done": {}, "judges": {}}
    (empty / "manifest.json").write_text(json.dumps({**manifest, **fresh}))
    return whole, empty


def _rows(run: Path, arm: str) -> list[dict[str, Any]]:
    return read_rows(run / "arms" / arm / "responses.jsonl")


def _kill_when_begun(run: Path) -> None:
    """Start the second of two workers, and kill it as soon as it has answered a little."""
    command = [AUDIT, "generate", str(run), "--shard", "2/2"]
    begun = run / "shards" / "2-of-2" / "arms" / "after" / "responses.jsonl"
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 300
        while not begun.exists() or begun.read_bytes().count(b"\n") < 3:
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)


def test_two_workers_of_which_one_is_killed_answer_as_one(
    audit: Audit, begun: tuple[Path, Path], tmp_path: Path
) -> None:
    """Every response is there once, in the same words and order; other engines are refused."""
    whole, empty = begun
    run = shutil.copytree(empty, tmp_path / "run")
    first = [AUDIT, "generate", str(run), "--shard", "1/2"]
    with subprocess.Popen(first, stderr=subprocess.PIPE, text=True) as worker:
        _kill_when_begun(run)
        early = audit("gather", run)
        assert early.returncode == 2
        assert "has not answered as after" in early.stderr
        assert "--shard 2/2" in early.stderr
        again = audit("generate", run, "--shard", "2/2")
        assert again.returncode == 0, again.stderr
        told = worker.communicate(timeout=300)[1]
    assert worker.returncode == 0, told
    gathered = audit("gather", run, "--json")
    assert gathered.returncode == 0, gathered.stderr
    assert json.loads(gathered.stdout)["responses"] == dict.fromkeys(ARMS, PROBES)
    order = [row["id"] for row in read_rows(run / "probes.jsonl")]
    for arm in ARMS:
        rows = _rows(run, arm)
        assert [row["probe_id"] for row in rows] == order
        texts = {row["probe_id"]: row["text"] for row in _rows(whole, arm)}
        assert {row["probe_id"]: row["text"] for row in rows} == texts
    ours, theirs = (
        json.loads((one / "manifest.json").read_text())["arms"]["after"]["identity"]
        for one in (run, whole)
    )
    assert ours == theirs
    assert audit("score", run).returncode == 0
    assert audit("compare", run).returncode in (0, 3, 4)
    _is_refused_where_devices_differ(audit, run)


def test_a_cluster_goes_on_with_a_shard_whose_worker_is_killed(
    begun: tuple[Path, Path], tmp_path: Path
) -> None:
    """Ray begins it again; every response is there once, in the words of one engine."""
    whole, empty = begun
    run = shutil.copytree(empty, tmp_path / "run")
    command = [AUDIT, "generate", str(run), "--ray", "2"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        _kill_worker_when_begun(process, run)
        told = process.communicate(timeout=400)[1]
    assert process.returncode == 0, told
    order = [row["id"] for row in read_rows(run / "probes.jsonl")]
    for arm in ARMS:
        assert [row["probe_id"] for row in _rows(run, arm)] == order
        texts = {row["probe_id"]: row["text"] for row in _rows(whole, arm)}
        assert {row["probe_id"]: row["text"] for row in _rows(run, arm)} == texts
    sessions = [
        json.loads((part / "manifest.json").read_text())["arms"]["before"]["sessions"]
        for part in sorted((run / "shards").iterdir())
    ]
    assert sorted(sessions) == [1, 2], "one of two shards was begun again"


def _kill_worker_when_begun(process: subprocess.Popen[str], run: Path) -> None:
    """Kill one of the cluster's workers as soon as both have answered a little."""
    begun = [run / f"shards/{n}-of-2/arms/before/responses.jsonl" for n in (1, 2)]
    deadline = time.monotonic() + 400
    while not all(file.exists() and file.read_bytes().count(b"\n") >= 3 for file in begun):
        assert process.poll() is None, "it ended before a worker could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.005)
    workers = [
        one
        for one in psutil.process_iter(["cmdline"])
        if one.info["cmdline"] and one.info["cmdline"][0].startswith("ray::ask_shard")
    ]
    workers[0].kill()


def _is_refused_where_devices_differ(audit: Audit, run: Path) -> None:
    path = run / "shards" / "2-of-2" / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["arms"]["after"]["identity"]["device"] = "another GPU"
    path.write_text(json.dumps(manifest))
    refused = audit("gather", run)
    assert (refused.returncode, "differs from that of 1-of-2 in device" in refused.stderr) == (
        2,
        True,
    )


def test_what_is_missing_or_divided_otherwise_is_named(
    audit: Audit, begun: tuple[Path, Path], tmp_path: Path
) -> None:
    """No run is made of a part of its answers."""
    run = shutil.copytree(begun[1], tmp_path / "run")
    none = audit("gather", run)
    assert (none.returncode, "holds no shards" in none.stderr) == (2, True)
    (run / "shards" / "1-of-3").mkdir(parents=True)
    some = audit("gather", run)
    assert (some.returncode, "--shard 2/3" in some.stderr, "--shard 3/3" in some.stderr) == (
        2,
        True,
        True,
    )
    (run / "shards" / "1-of-2").mkdir()
    both = audit("gather", run)
    assert (both.returncode, "shards of [2, 3] parts" in both.stderr) == (2, True)


@pytest.mark.parametrize("written", ["0/2", "3/2", "1", "1/0", "-1/2", "1/2/3", "one/two", ""])
def test_what_is_no_shard_is_refused(written: str) -> None:
    """It is told how one is written."""
    with pytest.raises(InputError, match="write it as 2/8"):
        read_shard(written)


def test_every_probe_falls_into_one_shard() -> None:
    """Ten thousand ids fall into eight parts of about the same size, each into one."""
    shards = [Shard(number=number, of=8) for number in range(1, 9)]
    ids = [f"set:{n}" for n in range(10_000)]
    counts = [sum(shard.holds(one) for one in ids) for shard in shards]
    assert sum(counts) == 10_000
    assert max(counts) - min(counts) < 200
    assert all(sum(shard.holds(one) for shard in shards) == 1 for one in ids[:500])
    assert str(read_shard("02/8")) == "2/8"
    assert Shard(number=2, of=128).folder == "002-of-128"
