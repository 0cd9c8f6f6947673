"""What happens where vLLM is not installed?"""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from conftest import PROJECT, read_rows

Run = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def without_vllm(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the environment of an interpreter that has every installed package but vLLM."""
    packages = tmp_path_factory.mktemp("environment") / "site-packages"
    packages.mkdir()
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not entry.name.startswith("vllm") and entry.suffix != ".pth":
            (packages / entry.name).symlink_to(entry)
    path = os.pathsep.join([str(packages), str(PROJECT)])
    return {**os.environ, "PYTHONPATH": path, "HF_HUB_OFFLINE": "1"}


def _audit(environment: dict[str, str], *arguments: object) -> Run:
    python = getattr(sys, "_base_executable", sys.executable)
    return subprocess.run(
        [python, "-s", "-P", "-m", "audit", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        timeout=600,
    )


def test_vllm_by_name_is_refused_before_training(
    without_vllm: dict[str, str], tiny_config: Path, tmp_path: Path
) -> None:
    """`engine: vllm` names the remedy and leaves nothing behind."""
    out = tmp_path / "run"
    named = ("--set", "generation.engine=vllm")
    result = _audit(without_vllm, "train-and-compare", tiny_config, "--out", out, *named)
    assert result.returncode == 2, result.stderr
    assert "vLLM is not installed" in result.stderr
    assert not out.exists()


def test_transformers_answers_instead(
    without_vllm: dict[str, str], tiny_config: Path, tmp_path: Path
) -> None:
    """`engine: auto` runs to its verdict with transformers, and says so everywhere."""
    out = tmp_path / "run"
    few = ("--set", "train.max_steps=2", "--set", "generation.max_tokens=8")
    result = _audit(without_vllm, "train-and-compare", tiny_config, "--out", out, *few)
    assert result.returncode in (0, 3, 4), result.stderr
    assert "transformers answers instead" in result.stderr
    assert "transformers" in (out / "report.html").read_text(encoding="utf-8")
    assert len(read_rows(out / "arms" / "after" / "responses.jsonl")) == 36
