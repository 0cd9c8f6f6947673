"""Does every published set load by its name, with the published number of rows?"""

import csv
import json
import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from conftest import AUDIT, Audit
from local_hub import serve

from audit.errors import InputError
from audit.settings.probe_sets import ProbesConfig
from probes.sets.library import load_set, published_sets

NAMES = [
    "xstest", "or-bench-80k", "or-bench-hard-1k", "or-bench-toxic", "strongreject",
    "strongreject-small", "harmbench", "jailbreakbench-harmful", "jailbreakbench-benign",
    "advbench", "simplesafetytests", "do-not-answer", "sorry-bench", "falsereject", "coconot",
    "coconot-contrast", "wildguardtest", "ifeval", "alpaca-eval", "mt-bench",
]  # fmt: skip
FILES = {
    "xstest": ("xstest/xstest_prompts.csv", {"harmful": 200, "borderline": 250}),
    "strongreject": ("strongreject/strongreject_dataset.csv", {"harmful": 313}),
    "strongreject-small": ("strongreject/strongreject_small_dataset.csv", {"harmful": 60}),
    "harmbench": ("harmbench/harmbench_behaviors_text_all.csv", {"harmful": 400}),
    "simplesafetytests": (
        "simplesafetytests/SimpleSafetyTests_test_cases.csv",
        {"harmful": 100},
    ),
    "do-not-answer": ("do_not_answer/do_not_answer_en.csv", {"harmful": 939}),
    "ifeval": ("ifeval/input_data.jsonl", {"helpful": 541}),
    "mt-bench": ("mt_bench/question.jsonl", {"helpful": 80}),
}


def test_the_registry_names_the_sets_of_the_contract(audit: Audit) -> None:
    """`probes list --json` has the builtin and the published sets, with the promised fields."""
    rows = json.loads(audit("probes", "list", "--json").stdout)
    assert [row["name"] for row in rows] == ["harmful", "borderline", "helpful", *NAMES]
    assert {row["source"] for row in rows} == {"builtin", "published"}
    for row in rows:
        assert set(row["counts"]) == {"harmful", "borderline", "helpful"}
        assert row["licence"]


@pytest.mark.parametrize("name", FILES)
def test_a_local_copy_loads_by_name(audit: Audit, shared_data: Path, name: str) -> None:
    """The authors' own file gives as many probes of each kind as they published."""
    file, counts = FILES[name]
    path = shared_data / "probe_sets" / file
    result = audit("probes", "show", name, "--path", path, "--json")
    assert result.returncode == 0, result.stderr
    shown = json.loads(result.stdout)
    assert Counter(probe["kind"] for probe in shown) == counts
    assert {probe["set"] for probe in shown} == {name}
    assert published_sets()[name].counts == counts


def test_xstests_twins_share_their_words(shared_data: Path) -> None:
    """The contrast prompts of XSTest stand row by row beside the safe ones."""
    path = shared_data / "probe_sets" / FILES["xstest"][0]
    probes = {p.id: p for p in load_set(ProbesConfig(set="xstest", path=str(path)))}
    assert probes["xstest-1"].twin == "xstest-26"
    twins = {frozenset((probe.id, probe.twin)) for probe in probes.values() if probe.twin}
    assert len(twins) == 200
    for one, other in (sorted(pair) for pair in twins):
        assert {probes[one].kind, probes[other].kind} == {"harmful", "borderline"}


def test_harmbench_has_its_contexts_and_mt_bench_its_first_turns(shared_data: Path) -> None:
    """A context stands before its behaviour; of two turns the first is asked."""
    folder = shared_data / "probe_sets"
    path = folder / FILES["harmbench"][0]
    with path.open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    probes = load_set(ProbesConfig(set="harmbench", path=str(path)))
    for row, probe in zip(rows, probes, strict=True):
        assert probe.question().endswith(row["Behavior"])
        assert probe.question().startswith(row["ContextString"])
    asked = load_set(ProbesConfig(set="mt-bench", path=str(folder / FILES["mt-bench"][0])))
    assert asked[0].question().startswith("Compose an engaging travel blog post")


@pytest.mark.model
def test_a_published_set_comes_from_the_hub(shared_data: Path, tmp_path: Path) -> None:
    """Without a path the registry's hub id is fetched."""
    folder = tmp_path / "xstest"
    folder.mkdir()
    shutil.copy(shared_data / "probe_sets" / FILES["xstest"][0], folder / "train.csv")
    with serve({"datasets/Paul/XSTest": folder}) as hub:
        result = _show(hub, tmp_path / "home", "xstest")
        gone = _show(hub, tmp_path / "home", "harmbench")
    assert result.returncode == 0, result.stderr
    assert len(json.loads(result.stdout)) == 450
    assert gone.returncode == 2
    assert "accept its conditions on the hub and set HF_TOKEN" in gone.stderr


def _show(hub: str, home: Path, name: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HF_ENDPOINT": hub, "HF_HOME": str(home)}
    environment.pop("HF_HUB_OFFLINE", None)
    command = [AUDIT, "probes", "show", name, "--json"]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_a_file_with_other_columns_is_named(tmp_path: Path) -> None:
    """What is missing and what is there are both said."""
    file = tmp_path / "other.csv"
    file.write_text("id,text\n1,Why?\n")
    with pytest.raises(InputError, match=r"no column prompt \(it has id, text\)"):
        load_set(ProbesConfig(set="xstest", path=str(file)))


def test_a_set_without_a_hub_asks_for_a_file() -> None:
    """The remedy is a local copy."""
    with pytest.raises(InputError, match="name it as path"):
        load_set(ProbesConfig(set="strongreject-small"))
