"""With which surroundings does a stage program start?"""

from pathlib import Path

import pytest

from audit.jobs.child import run_child

PROGRAM = """
import json, os
names = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY", "RANK")
print(json.dumps({"note": " ".join(f"{name}={os.environ.get(name)}" for name in names)}))
"""


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ({}, "GOMP_SPINCOUNT=1000 OMP_WAIT_POLICY=None RANK=None"),
        ({"GOMP_SPINCOUNT": "7"}, "GOMP_SPINCOUNT=7 OMP_WAIT_POLICY=None RANK=None"),
        ({"OMP_WAIT_POLICY": "active"}, "GOMP_SPINCOUNT=None OMP_WAIT_POLICY=active RANK=None"),
        ({"RANK": "3"}, "GOMP_SPINCOUNT=1000 OMP_WAIT_POLICY=None RANK=None"),
    ],
)
def test_threads_sleep_soon_unless_the_user_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: dict[str, str], told: str
) -> None:
    """And the place that another launcher gave to the parent is not passed on."""
    (tmp_path / "shows_its_surroundings.py").write_text(PROGRAM)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    for name in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY", "RANK"):
        monkeypatch.delenv(name, raising=False)
    for name, text in own.items():
        monkeypatch.setenv(name, text)
    heard: list[object] = []
    run_child("shows_its_surroundings", tmp_path, tmp_path / "logs" / "x.log", heard.append)
    assert heard == [told]


@pytest.mark.parametrize(
    ("program", "own", "told"),
    [
        ("train", {}, "0 17179869184"),
        ("train", {"MALLOC_TRIM_THRESHOLD_": "9"}, "0 9"),
        ("asks", {}, "None None"),
    ],
)
def test_training_keeps_its_memory_from_step_to_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, own: dict[str, str], told: str
) -> None:
    """Asking does not: it would hold what another arm needs; what a user has set stays."""
    names = ("MALLOC_MMAP_MAX_", "MALLOC_TRIM_THRESHOLD_")
    shows = f"""
import json, os
print(json.dumps({{"note": " ".join(str(os.environ.get(name)) for name in {names})}}))
"""
    (tmp_path / f"{program}.py").write_text(shows)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    for name in names:
        monkeypatch.delenv(name, raising=False)
    for name, text in own.items():
        monkeypatch.setenv(name, text)
    heard: list[object] = []
    run_child(program, tmp_path, tmp_path / "logs" / "x.log", heard.append)
    assert heard == [told]
