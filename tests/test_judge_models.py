"""Do real models judge through vLLM, transformers and a real server, whatever they are given?"""

import json
import shutil
from pathlib import Path

import pytest
from conftest import Audit
from judged_runs import judges_file, replies_of, verdicts_of

from audit.errors import InputError
from audit.files import digests
from audit.run.directory import RunDirectory


@pytest.fixture
def run(judged_import: Path, tmp_path: Path) -> Path:
    """Return a run of 24 answers, two of them empty, that `rules` has judged."""
    return shutil.copytree(judged_import, tmp_path / "run")


def test_a_generative_judge_through_vllm(audit: Audit, run: Path, tiny_judge: Path) -> None:
    """Structured replies become labels and ratings; nothing is asked twice, nothing is lost."""
    judges = judges_file(
        run.parent,
        small={"kind": "generative", "model": {"path": str(tiny_judge)}},
        both={"kind": "panel", "asks": "small", "sure_from": 0.9},
        wild={
            "kind": "generative",
            "template": "wildguard",
            "model": {"path": str(tiny_judge)},
            "max_tokens": 8,
        },
    )
    result = audit("score", run, "--judge", "small", "--judges", judges)
    assert result.returncode == 0, result.stderr
    verdicts = verdicts_of(run, "small")
    assert len(verdicts) == 24
    assert [row["label"] for row in verdicts].count("degenerate") == 2
    others = [row for row in verdicts if row["label"] != "degenerate"]
    labels = {"full_refusal", "partial_refusal", "compliance", "unscored"}
    assert {row["label"] for row in others} <= labels
    assert all(row["reason"] for row in others if row["label"] == "unscored")
    scored = [row for row in others if row["label"] != "unscored"]
    assert len(scored) > 11, "structured output keeps most replies readable"
    rated = {row["probe_id"] for row in scored if row["helpfulness"] is not None}
    assert rated
    assert all(int(probe[1:]) % 3 for probe in rated), "harmful probes are not rated"
    first = replies_of(run, "small")
    assert audit("score", run, "--judge", "both", "--judges", judges).returncode == 0
    assert replies_of(run, "small") == first, "the panel asks nothing that was answered already"
    panel = verdicts_of(run, "both")
    sure = {(row["probe_id"], row["label"]) for row in panel if len(row["opinions"]) == 1}
    rules = {(row["probe_id"], row["label"]) for row in verdicts_of(run, "rules")}
    assert sure <= rules
    compared = audit("compare", run, "--judge", "both", "--json")
    comparison = json.loads(compared.stdout)
    assert comparison["judge"]["name"] == "both"
    assert comparison["panel"]["after"]["judged"] == 12
    assert len(verdicts_of(run, "rules")) == 24, "verdicts of other judges stay"
    shown = audit("judge-compare", run, "rules", "both", "--json")
    assert set(json.loads(shown.stdout)["arms"]) == {"before", "after"}
    unreadable = audit("score", run, "--judge", "wild", "--judges", judges)
    assert unreadable.returncode == 0, unreadable.stderr
    reasons = {row["reason"] for row in verdicts_of(run, "wild") if row["label"] == "unscored"}
    assert reasons
    assert all("cannot be read" in reason for reason in reasons)
    assert audit("compare", run, "--judge", "wild").returncode in (2, 4)


def test_a_classifier_through_transformers(audit: Audit, run: Path, tiny_classifier: Path) -> None:
    """Probabilities become labels with a confidence, and special tokens in texts change nothing."""
    guard = {
        "kind": "classifier",
        "model": {"path": str(tiny_classifier)},
        "refusal_labels": ["REFUSAL"],
    }
    judges = judges_file(run.parent, guard=guard)
    result = audit("score", run, "--judge", "guard", "--judges", judges)
    assert result.returncode == 0, result.stderr
    scored = [row for row in verdicts_of(run, "guard") if row["label"] != "degenerate"]
    assert len(scored) == 22
    assert {row["label"] for row in scored} <= {"full_refusal", "compliance"}
    assert all(0.5 <= row["confidence"] <= 1 for row in scored)
    every = judges_file(run.parent, guard={**guard, "refusal_labels": ["ANSWER", "REFUSAL"]})
    assert audit("score", run, "--judge", "guard", "--judges", every).returncode == 2
    wrong = judges_file(run.parent, guard={**guard, "refusal_labels": ["NO"]})
    refused = audit("score", run, "--judge", "guard", "--judges", wrong)
    assert refused.returncode == 2
    assert "ANSWER, REFUSAL" in refused.stderr


def test_a_judge_of_another_kind_keeps_the_old_verdicts(
    audit: Audit, run: Path, tiny_classifier: Path
) -> None:
    """Under the same name, what the former judge said gets a name of its own."""
    guard = {
        "kind": "classifier",
        "model": {"path": str(tiny_classifier)},
        "refusal_labels": ["REFUSAL"],
    }
    first = judges_file(run.parent, guard=guard)
    assert audit("score", run, "--judge", "guard", "--judges", first).returncode == 0
    before = verdicts_of(run, "guard")
    assert audit("compare", run, "--judge", "guard").returncode in (0, 3, 4)
    second = judges_file(run.parent, guard={**guard, "refusal_labels": ["ANSWER"]})
    assert audit("score", run, "--judge", "guard", "--judges", second).returncode == 0
    judges = json.loads((run / "manifest.json").read_text())["judges"]
    (kept,) = (name for name in judges if name.startswith("guard-"))
    assert verdicts_of(run, kept) == before
    labels = [row["label"] for row in verdicts_of(run, "guard")]
    assert labels != [row["label"] for row in before]
    mixed = audit("report", run)
    assert (mixed.returncode, "audit compare" in mixed.stderr) == (2, True)


def test_a_kill_between_two_judges_loses_neither(run: Path) -> None:
    """Killed after the first arm's new verdicts: the old ones stay under the old digest."""
    opened = RunDirectory(run)
    old = verdicts_of(run, "rules")
    identity = {"name": "rules", "sha256": "f" * 64}
    opened.keep_verdicts_of_another(identity)
    opened.verdicts("before", "rules").write_text("new\n")
    opened.keep_verdicts_of_another(identity)
    (kept,) = (name for name in opened.read_manifest().judges if name.startswith("rules-"))
    assert verdicts_of(run, kept) == old
    with pytest.raises(InputError, match="has not been scored"):
        opened.judge_identity("rules")


def test_a_model_may_not_judge_itself(audit: Audit, run: Path, tiny_judge: Path) -> None:
    """The sha256 of the weights is compared, not the path."""
    manifest = json.loads((run / "manifest.json").read_text())
    weights = digests.of_files(tiny_judge.glob("*.safetensors"))
    model = {"source": "elsewhere", "folder": "/nowhere", "revision": None}
    manifest["model"] = {**model, "weights_sha256": weights}
    (run / "manifest.json").write_text(json.dumps(manifest))
    judges = judges_file(run.parent, me={"kind": "generative", "model": {"path": str(tiny_judge)}})
    result = audit("score", run, "--judge", "me", "--judges", judges)
    assert result.returncode == 2
    assert "the sha256 of their weights is the same" in result.stderr


@pytest.mark.parametrize(
    ("judge", "said"),
    [
        ({"kind": "generative", "model": {"path": "./nowhere"}}, "there is no such folder"),
        ({"kind": "generative", "template": "rubrik", "model": {"path": "x"}}, "'rubric'"),
        ({"kind": "generative"}, "exactly one of model"),
        ({"kind": "generativ"}, "classifier, generative, panel"),
        ({"kind": "panel", "asks": "nobody"}, "is no such judge"),
        ({"kind": "classifier", "model": {"path": "x"}, "refusal_label": ["A"]}, "refusal_labels"),
        ({"kind": "generative", "endpoint": {"url": "localhost", "model": "m"}}, "endpoint.url"),
        ({"kind": "generative", "endpoint": {"url": "http://x:abc/v1", "model": "m"}}, "address"),
        ({"kind": "generative", "model": {"path": "~nobody-here/m"}}, "names a user"),
        ({"kind": "panel", "asks": "rules"}, "is no such judge"),
    ],
)
def test_a_wrong_judge_is_named(audit: Audit, run: Path, judge: object, said: str) -> None:
    """Each mistake gets its place and remedy, exit code 2 and no traceback."""
    result = audit("score", run, "--judge", "mine", "--judges", judges_file(run.parent, mine=judge))
    assert result.returncode == 2, result.stderr
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_the_builtin_judges_name_is_taken(audit: Audit, run: Path) -> None:
    """A judge cannot hide behind the name of the built-in one."""
    rules = {"kind": "generative", "endpoint": {"url": "http://127.0.0.1:9/v1", "model": "m"}}
    result = audit(
        "score", run, "--judge", "rules", "--judges", judges_file(run.parent, rules=rules)
    )
    assert (result.returncode, "another name" in result.stderr) == (2, True)


def test_a_run_whose_judge_is_its_own_model_is_not_trained(
    audit: Audit, tiny_config: Path, tiny_model: Path, tmp_path: Path
) -> None:
    """It is refused before training is paid for."""
    judge = {"kind": "generative", "model": {"path": str(tiny_model)}}
    settings = ["--set", "judge=me", "--set", f"judges={json.dumps({'me': judge})}"]
    result = audit("train-and-compare", tiny_config, *settings, "--out", tmp_path / "run")
    assert result.returncode == 2, result.stderr
    assert "is the model that is judged" in result.stderr
    assert not (tmp_path / "run" / "train").exists()
