"""Does a disk that fills in the middle of a run lose nothing and say what to do?"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Audit, read_rows

DISK = "640m"
LEFT_BYTES = 6_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a small file system of its own, or skip where this user may not."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = [str(shutil.which("mount")), "-t", "tmpfs", "-o", f"size={DISK}", "none", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small file system cannot be mounted by this user")
    yield place
    subprocess.run([str(shutil.which("umount")), "-l", str(place)], check=True)


def test_a_disk_that_fills_while_answers_come(
    audit: Audit, finished_run: Path, small_disk: Path
) -> None:
    """Answers stop with exit code 2; with space again, each missing one is asked once."""
    run = small_disk / "run"
    run.mkdir()
    for name in ("config.yaml", "manifest.json", "probes.jsonl"):
        shutil.copy(finished_run / name, run)
    shutil.copytree(finished_run / "train", run / "train")
    _forget_answers(run)
    filler = _fill(small_disk)
    result = audit("generate", run)
    assert result.returncode == 2, result.stderr
    assert "space" in result.stderr or "disk is full" in result.stderr
    assert "Traceback" not in result.stderr
    filler.unlink()
    assert audit("generate", run).returncode == 0
    for arm in ("before", "after"):
        rows = read_rows(run / "arms" / arm / "responses.jsonl")
        assert len(rows) == len({row["probe_id"] for row in rows}) == 36


def test_a_disk_that_fills_while_training(
    audit: Audit, finished_run: Path, small_disk: Path
) -> None:
    """Training stops with exit code 2; with space again, it goes on and logs each step once."""
    run = small_disk / "run"
    run.mkdir()
    shutil.copy(finished_run / "config.yaml", run)
    filler = _fill(small_disk, left=400_000)
    result = audit("train", run)
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    filler.unlink()
    resumed = audit("train", run)
    assert resumed.returncode == 0, resumed.stderr
    steps = [row["step"] for row in read_rows(run / "train" / "metrics.jsonl") if "loss" in row]
    assert steps == list(range(1, 9))


def _forget_answers(run: Path) -> None:
    manifest = json.loads((run / "manifest.json").read_text())
    manifest |= {"arms": {}, "done": {"train": True}}
    (run / "manifest.json").write_text(json.dumps(manifest))


def _fill(disk: Path, left: int = LEFT_BYTES) -> Path:
    filler = disk / "filler"
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(disk).free - left)
    return filler
