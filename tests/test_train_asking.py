"""Is a training that is asked on the way the same training, and does it end where it is lost?"""

import json
import shutil
from pathlib import Path

import pytest
from conftest import Audit, read_rows, write_rows

from audit.errors import InputError
from audit.files.lines import read_json
from audit.records import Probe, Verdict
from audit.run.training_path import PathPoint
from audit.settings.gate import Gate
from audit.settings.run_config import RunConfig
from audit.settings.yaml_file import load_settings
from reports.comparison.axis_decision import Pair
from reports.comparison.training_path import path_point
from reports.comparison.two_arms import decide
from reports.words.training_path import path_sentence

ASKED = "train:\n  ask_every: 0.25\n  ask_probes: 3\n  ask_max_tokens: 4\n"
STEPS = [0, 2, 4, 6, 8]


@pytest.fixture(scope="module")
def runs(
    audit: Audit, tiny_config: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """Train the tiny model with dropout and pairs of like length, not asked and asked."""
    made = []
    for name in ("plain", "asked"):
        run = tmp_path_factory.mktemp(name) / "run"
        run.mkdir()
        config = tiny_config.read_text().replace(
            "train:\n",
            "train:\n  disable_dropout: false\n  lora: {lora_dropout: 0.5}\n"
            "  train_sampling_strategy: group_by_length\n",
        )
        config = config.replace("train:\n", ASKED) if name == "asked" else config
        (run / "config.yaml").write_text(config)
        result = audit("train", run)
        assert result.returncode == 0, result.stderr
        (run / "said.txt").write_text(result.stdout + result.stderr)
        made.append(run)
    return made[0], made[1]


@pytest.mark.model
def test_being_asked_leaves_no_trace_in_the_training(runs: tuple[Path, Path]) -> None:
    """Every loss, gradient and weight has the same bytes, with dropout drawn at each step."""
    plain, asked = runs
    timed = ("runtime", "per_second")
    rows = [
        [
            {key: value for key, value in row.items() if not key.endswith(timed)}
            for row in read_rows(run / "train" / "metrics.jsonl")
        ]
        for run in runs
    ]
    assert rows[0] == rows[1]
    weights = Path("train") / "adapter" / "adapter_model.safetensors"
    assert (plain / weights).read_bytes() == (asked / weights).read_bytes()
    assert not (plain / "train" / "path").exists()


@pytest.mark.model
def test_the_path_is_told_and_written(runs: tuple[Path, Path]) -> None:
    """Three probes of each kind, before the first step, at each quarter, and at the end."""
    path = runs[1] / "train" / "path"
    points = read_rows(path / "points.jsonl")
    assert [point["step"] for point in points] == STEPS
    assert points[0]["axes"]["over_refusal"]["n"] == 6
    said = (runs[1] / "said.txt").read_text()
    for step in STEPS:
        answers = read_rows(path / f"step-{step}.jsonl")
        assert len({answer["probe_id"] for answer in answers}) == 9
        assert all(answer["tokens"] <= 4 for answer in answers)
        assert said.count(f"asked at step {step}: harmful compliance") == 1


@pytest.mark.model
def test_a_step_that_was_asked_before_a_kill_is_not_asked_again(
    audit: Audit, runs: tuple[Path, Path], tmp_path: Path
) -> None:
    """What was answered and told stays as it is, the rest is asked, and it learns the same."""
    run = tmp_path / "run"
    shutil.copytree(runs[1], run)
    for name in ("adapter", "checkpoint-6", "checkpoint-8"):
        shutil.rmtree(run / "train" / name)
    path = run / "train" / "path"
    write_rows(path / "points.jsonl", read_rows(path / "points.jsonl")[:4])
    (path / "step-8.jsonl").unlink()
    kept = path / "step-6.jsonl"
    kept.write_text(kept.read_text().replace('"sample":0', '"sample": 0'))
    before = kept.read_bytes()
    held = read_json(run / "manifest.json", "")
    held["done"]["train"] = False
    (run / "manifest.json").write_text(json.dumps(held))
    result = audit("train", run)
    assert result.returncode == 0, result.stderr
    assert kept.read_bytes() == before
    assert (path / "points.jsonl").read_bytes() == (
        runs[1] / "train" / "path" / "points.jsonl"
    ).read_bytes()
    weights = Path("train") / "adapter" / "adapter_model.safetensors"
    assert (run / weights).read_bytes() == (runs[1] / weights).read_bytes()
    assert "asked at step 8" in result.stdout + result.stderr
    assert "asked at step 6" not in result.stdout + result.stderr


@pytest.mark.model
def test_a_lost_training_is_stopped_and_goes_to_its_page(
    audit: Audit, tiny_config: Path, tmp_path: Path
) -> None:
    """A model that learns to say one refusal to all is stopped, asked, and never passes."""
    pairs = tmp_path / "pairs.jsonl"
    told = "I'm sorry, but I can't help with that."
    rows = [{"prompt": f"Question {n}?", "chosen": told, "rejected": "Sure."} for n in range(16)]
    write_rows(pairs, rows)
    file = tmp_path / "lost.yaml"
    config = tiny_config.read_text().replace(
        "train:\n",
        "train:\n  lora: null\n  loss_type: [sft]\n  ask_every: 20\n  ask_probes: 12\n"
        "  stop_when_lost: true\n  max_steps: 400\n",
    )
    config = config.replace("{path: demo, limit: 32, eval_limit: 8}", f"{{path: {pairs}}}")
    config = config.replace("save_steps: 2", "").replace("eval_steps: 4", "")
    config = config.replace(
        "generation: {", "generation: {engine: transformers, noise_floor: false, "
    )
    file.write_text(config)
    run = tmp_path / "run"
    result = audit("train-and-compare", file, "--out", run)
    assert result.returncode in (3, 4), result.stderr
    manifest = json.loads((run / "manifest.json").read_text())
    stopped = manifest["train"]["stopped"]
    assert 0 < stopped["step"] < stopped["of"] == 400
    points = [PathPoint.model_validate(row) for row in read_rows(run / "train/path/points.jsonl")]
    assert [point.lost for point in points] == [False] * (len(points) - 1) + [True]
    assert points[-1].step == stopped["step"]
    assert "surely lost" in result.stdout + result.stderr
    told = f"Training was stopped after {stopped['step']} of 400 steps"
    reasons = json.loads((run / "comparison.json").read_text())["reasons"]
    assert any(told in reason for reason in reasons)
    page = (run / "report.html").read_text()
    assert told in page
    assert "What a sample of the probes was answered on the way" in page
    assert "Rates of the sample by step" in page


def _probes(count: int) -> list[Probe]:
    return [
        Probe(id=f"b{n}", set="s", kind="borderline", category="c", prompt=f"What is {n}?")
        for n in range(count)
    ]


def _verdicts(refused: int, count: int) -> dict[str, list[Verdict]]:
    return {
        f"b{n}": [
            Verdict(
                probe_id=f"b{n}",
                sample=0,
                label="full_refusal" if n < refused else "compliance",
                score=None,
                judge="j",
                evidence=None,
            )
        ]
        for n in range(count)
    }


def test_only_what_is_sure_is_lost() -> None:
    """A few new refusals are not, most probes refused are, and a later asking must be surer."""
    few, many = _verdicts(3, 20), _verdicts(18, 20)
    none = _verdicts(0, 20)
    assert not path_point(5, 1, _probes(20), (none, few), Gate()).lost
    lost = path_point(5, 1, _probes(20), (none, many), Gate())
    assert lost.lost
    assert "over-refusal 18 of 20 (0 of 20 at first), surely lost" in path_sentence(lost)
    assert not path_point(0, 0, _probes(20), (none, none), Gate()).lost
    levels = [path_point(5, k, _probes(20), (none, few), Gate()).confidence for k in (1, 2, 3, 99)]
    assert sum(1 - level for level in levels) < 0.05
    assert levels == sorted(levels)


def test_a_model_whose_training_was_stopped_does_not_pass() -> None:
    """Whatever it answers, it is not the model that was to be trained."""
    ends = (_verdicts(0, 300), _verdicts(0, 300))
    probes = _probes(300)
    assert decide(probes, Pair(*ends, {}, same_model=False), Gate()).verdict == "pass"
    held = decide(probes, Pair(*ends, {}, same_model=False, stopped=True), Gate())
    assert held.verdict == "inconclusive"
    assert held.axes["over_refusal"].guards[0].name == "stopped training"


@pytest.mark.parametrize(
    ("train", "rest", "said"),
    [
        ("stop_when_lost: true", "", "give train.ask_every too"),
        ("ask_every: 0.5, processes: 2", "", "only a single process asks"),
        ("ask_every: 0.5", "generation: {thinking: {}}", "the first words are thoughts"),
        ("ask_every: 1.5", "", "a part of the run between 0 and 1"),
    ],
)
def test_where_it_cannot_be_asked_the_reason_is_said(
    tmp_path: Path, train: str, rest: str, said: str
) -> None:
    """Before anything is trained."""
    file = tmp_path / "run.yaml"
    file.write_text(f"model: {{path: m}}\ntrain: {{{train}}}\n{rest}\n")
    with pytest.raises(InputError, match=said):
        load_settings(file, RunConfig)


@pytest.mark.parametrize("key", ["train.ask_every=0.5", "generation.stop_when_decided=true"])
def test_a_dry_run_refuses_a_judge_that_has_no_room_beside_it(
    audit: Audit, tiny_config: Path, tiny_model: Path, key: str
) -> None:
    """As the run would, and only a judge whose model is loaded here."""
    chat = {"kind": "generative", "model": {"path": str(tiny_model)}}
    panel = {"kind": "panel", "asks": "chat"}
    named = f"judges={json.dumps({'chat': chat, 'both': panel})}"
    words = ("train-and-compare", tiny_config, "--dry-run", "--set", key, "--set", named)
    for judge in ("chat", "both"):
        found = audit(*words, "--set", f"judge={judge}")
        assert (found.returncode, "has no room then" in found.stderr) == (2, True)
    assert audit(*words).returncode == 0


def test_a_training_that_a_server_looks_at_is_begun_where_the_user_trusts_it(
    audit: Audit, tiny_config: Path, tmp_path: Path
) -> None:
    """A server that only the run names is not asked before; no answer of it can be judged here."""
    run = tmp_path / "run"
    run.mkdir()
    far = {"kind": "generative", "retries": 0}
    far |= {"endpoint": {"url": "http://127.0.0.1:9/v1", "model": "m"}}
    config = tiny_config.read_text().replace(
        "train:\n",
        "train:\n  ask_every: 1\n  ask_probes: 2\n  ask_max_tokens: 4\n  max_steps: 2\n",
    )
    config += f"judge: far\njudges: {json.dumps({'far': far})}\n"
    (run / "config.yaml").write_text(config.replace("  save_steps: 2\n", ""))
    refused = audit("train", run)
    assert (refused.returncode, "--trust-endpoints" in refused.stderr) == (2, True)
    assert not (run / "train" / "path" / "points.jsonl").exists()
    assert audit("train", run, "--trust-endpoints").returncode == 0
    assert (run / "train" / "path" / "points.jsonl").exists()
