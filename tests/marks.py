"""Which tests does `make quick` leave out: those with a model, a browser, draws or whole runs?

What a test uses says what it is; a mark by hand is for what its own helper loads, and a test
without a mark that loads a model library fails.
"""

import ast
import sys
from functools import cache
from pathlib import Path

import pytest

MODEL_FIXTURES = frozenset({"tiny_model", "tiny_judge", "tiny_classifier", "without_vllm"})
"""Fixtures that make or load a model; all that build upon them are found by pytest."""
MODEL_LIBRARIES = frozenset({"torch", "transformers", "trl", "peft", "vllm"})
WHOLE_RUNS = frozenset(
    {
        "test_audit_annotate",
        "test_audit_annotate_data",
        "test_audit_bad_models",
        "test_audit_check",
        "test_audit_faults",
        "test_audit_handing_on",
        "test_audit_hostile_runs",
        "test_audit_import",
        "test_audit_judge_eval",
        "test_audit_notebook",
        "test_audit_run_files",
        "test_audit_seals",
        "test_audit_telling",
        "test_audit_terminal",
        "test_audit_two_at_once",
        "test_judge_gives_up",
        "test_preferences_expected",
        "test_preferences_inspect",
        "test_reports_annotation",
        "test_reports_borders",
        "test_reports_next_steps",
        "test_reports_page",
        "test_reports_page_beside",
        "test_reports_results",
        "test_reports_states",
        "test_reports_sweep_page",
        "test_sweep",
    }
)
"""Files whose tests take several commands each, from import to report: three quarters of the time
of all tests without a model."""
OUR_PACKAGES = frozenset({"audit", "train", "probes", "reports"})


def mark(item: pytest.Item) -> None:
    """Mark a test by its fixtures, its file's imports and name, and a simulation by its name."""
    fixtures = frozenset(getattr(item, "fixturenames", ()))
    if fixtures & MODEL_FIXTURES or needs_model(item.path):
        item.add_marker("model")
    if "browser" in fixtures:
        item.add_marker("browser")
    if "simulation" in item.name:
        item.add_marker("simulation")
    if item.path.stem in WHOLE_RUNS:
        item.add_marker("whole_runs")


@cache
def needs_model(file: Path) -> bool:
    """Say whether the file imports a model library at its top, itself or through our modules."""
    imported = _imported_at_top(file)
    if any(name.partition(".")[0] in MODEL_LIBRARIES for name in imported):
        return True
    project = Path(__file__).parents[1]
    ours = [name for name in imported if name.partition(".")[0] in OUR_PACKAGES]
    places = [project.joinpath(*name.split(".")).with_suffix(".py") for name in ours]
    return any(place.is_file() and needs_model(place) for place in places)


def _imported_at_top(file: Path) -> list[str]:
    """Return the modules that a file imports where it is imported; functions are not looked into.

    `from a import b` may import the module a.b, and is counted as both.
    """
    found: list[str] = []
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module, *(f"{node.module}.{name.name}" for name in node.names)]
    return found


def loaded_libraries() -> frozenset[str]:
    """Return the model libraries that this process has loaded."""
    return MODEL_LIBRARIES & sys.modules.keys()
