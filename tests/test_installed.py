"""Does the wheel hold all that the command needs, where no checkout is?"""

import json
import os
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest
from conftest import PROJECT, Audit, read_rows, write_rows

pytestmark = pytest.mark.model  # builds an environment, which takes half a minute

PACKAGES = ("audit", "train", "probes", "reports")
SMALL = (
    "preferences.limit=8",
    "train.max_steps=2",
    "train.save_steps=1",
    "probes=[{set: harmful, limit: 4}, {set: borderline, limit: 4}, {set: helpful, limit: 4}]",
    "generation.max_tokens=8",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel."""
    folder = tmp_path_factory.mktemp("dist")
    _uv("build", "--wheel", "--out-dir", folder, PROJECT)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Audit:
    """Install the wheel into an environment of its own, in which torch and the like are found."""
    environment = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin" / "python"
    _uv("pip", "install", "--no-deps", "--python", python, wheel)
    (packages,) = environment.glob("lib/python*/site-packages")
    # Only the folder is added: what stands in its .pth files, this checkout for one, is not read.
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")

    def run(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        return subprocess.run(
            [str(environment / "bin" / "audit"), *map(str, arguments)],
            capture_output=True,
            text=True,
            cwd=cwd,
            check=False,
            env={**kept, "HF_HUB_OFFLINE": "1"},
            timeout=600,
        )

    return run


def _uv(*words: object) -> None:
    """Run uv with pip's places of packages, as the Makefile does."""
    places = {"UV_FIND_LINKS": "PIP_FIND_LINKS", "UV_DEFAULT_INDEX": "PIP_INDEX_URL"}
    handed = {uv: os.environ[pip] for uv, pip in places.items() if pip in os.environ}
    command = [str(Path(sys.executable).with_name("uv")), *map(str, words)]
    ended = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**handed, **os.environ}
    )
    assert ended.returncode == 0, ended.stderr


def test_the_wheel_holds_every_file_of_the_packages(wheel: Path) -> None:
    """Probes, pairs, weights of the judge, templates and the quickstart go with the code."""
    held = set(zipfile.ZipFile(wheel).namelist())
    files = {
        str(path.relative_to(PROJECT))
        for package in PACKAGES
        for path in (PROJECT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert files - held == set()
    assert "audit/jobs/data/quickstart.yaml" in held
    text = zipfile.ZipFile(wheel).read("audit/jobs/data/quickstart.yaml").decode("utf-8")
    assert text == (PROJECT / "examples" / "quickstart.yaml").read_text(encoding="utf-8")


def test_an_installed_audit_reads_what_it_ships(installed: Audit, tmp_path: Path) -> None:
    """Probe sets and pairs are there, and a report is written of imported answers."""
    sets = json.loads(installed("probes", "list", "--json", cwd=tmp_path).stdout)
    assert {"harmful", "borderline", "helpful"} <= {row["name"] for row in sets}
    shown = installed("preferences", "inspect", "demo", "--json", cwd=tmp_path)
    assert json.loads(shown.stdout)["pairs"] > 100
    kinds = ("harmful", "borderline", "helpful")
    probes = [
        {"id": f"p{n}", "set": "s", "kind": kinds[n % 3], "category": "c", "prompt": f"Wish {n}?"}
        for n in range(12)
    ]
    asked = write_rows(tmp_path / "probes.jsonl", probes)
    said = [{"probe_id": row["id"], "text": "I cannot help with that."} for row in probes]
    answers = write_rows(tmp_path / "answers.jsonl", said)
    for words in (
        ("import", answers, answers, "--probes", asked, "--out", "run"),
        ("score", "run"),
        ("compare", "run"),
        ("report", "run"),
    ):
        ended = installed(*words, cwd=tmp_path)
        assert ended.returncode in (0, 4), ended.stderr
    assert (tmp_path / "run" / "report.html").is_file()
    verdicts = read_rows(tmp_path / "run" / "arms" / "after" / "verdicts.rules.jsonl")
    assert {row["label"] for row in verdicts} == {"full_refusal"}


def test_an_installed_demo_trains_and_reports(
    installed: Audit, tiny_model: Path, tmp_path: Path
) -> None:
    """`audit demo` ends with 0 whatever the verdict, in a folder that held only the model."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "SmolLM2-135M-Instruct").symlink_to(tiny_model)
    settings = [part for setting in SMALL for part in ("--set", setting)]
    ended = installed("demo", *settings, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    (run,) = (tmp_path / "runs").glob("quickstart-*")
    assert (run / "report.html").is_file()
    assert f"report: {run.relative_to(tmp_path) / 'report.html'}" in ended.stdout


def test_overrides_are_those_of_the_project() -> None:
    """What pyproject.toml keeps out for uv in a checkout, the file keeps out elsewhere."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    lines = (PROJECT / "overrides-cpu.txt").read_text(encoding="utf-8").splitlines()
    stated = [line for line in lines if not line.startswith("#")]
    assert stated == project["tool"]["uv"]["override-dependencies"]
