"""Is help instant, and does every wrong input get one clear message and exit code 2?"""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import AUDIT, PROJECT, Audit

HEAVY = ("torch", "transformers", "trl", "vllm", "pandas", "scipy", "altair", "pydantic")
HELP_SECONDS = 0.3


def test_help_is_instant() -> None:
    """The best of five runs of `audit --help` stays under 0.3 seconds."""
    durations = []
    for _ in range(5):
        started = time.perf_counter()
        subprocess.run([AUDIT, "--help"], capture_output=True, check=True)
        durations.append(time.perf_counter() - started)
    assert min(durations) < HELP_SECONDS


def test_help_loads_nothing_heavy() -> None:
    """The command's module imports none of the large libraries."""
    code = f"import sys, audit.commands.main; print([m for m in {HEAVY!r} if m in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize("example", sorted((PROJECT / "examples").glob("*.yaml")), ids=str)
def test_every_example_passes_a_dry_run(audit: Audit, example: Path) -> None:
    """--dry-run prints the plan and exits 0, with no hub, no GPU and no key."""
    result = audit("train-and-compare", example, "--dry-run")
    assert result.returncode == 0, result.stderr
    assert "train: DPO with LoRA" in result.stdout
    assert "Traceback" not in result.stderr


WRONG_CONFIGS = {
    "misspelt key": ("train: {learning_rat: 1e-6}", 'did you mean "learning_rate"'),
    "unknown section": ("trian: {beta: 1}", 'did you mean "train"'),
    "wrong type": ("train: {beta: high}", "train.beta"),
    "out of range": ("train: {beta: -1}", "greater than 0"),
    "unknown choice": ("generation: {engine: tensorflow}", "'vllm'"),
    "samples without temperature": ("generation: {samples: 3}", "temperature"),
    "unequal weights": ("train: {loss_type: [sigmoid], loss_weights: [1.0, 2.0]}", "loss_weights"),
    "unknown probe set": ("probes: [{set: harmfull}]", "no probe set"),
    "not yaml": ("train: [", "is not YAML"),
}


@pytest.mark.parametrize("case", WRONG_CONFIGS)
def test_a_wrong_configuration_is_named(audit: Audit, tmp_path: Path, case: str) -> None:
    """Each mistake gets its place and remedy, exit code 2 and no traceback."""
    lines, expected = WRONG_CONFIGS[case]
    config = tmp_path / "wrong.yaml"
    config.write_text(f"model: {{path: ./nowhere}}\npreferences: {{path: demo}}\n{lines}\n")
    result = audit("train-and-compare", config, "--out", tmp_path / "run")
    assert result.returncode == 2
    assert expected in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "run").exists()


PAIR = {"prompt": "Why?", "chosen": "Because.", "rejected": "No."}
WRONG_PAIRS = {
    "equal answers": ({**PAIR, "rejected": "Because."}, '"rejected" equals "chosen"'),
    "empty prompt": ({**PAIR, "prompt": "  "}, '"prompt" is empty'),
    "empty answer": ({**PAIR, "chosen": ""}, '"chosen" is empty'),
    "missing column": ({"prompt": "Why?", "chosen": "Because."}, '"rejected" is missing'),
}


@pytest.mark.parametrize("case", WRONG_PAIRS)
def test_a_wrong_pair_is_named_with_its_line(
    audit: Audit, tiny_model: Path, tmp_path: Path, case: str
) -> None:
    """A row that cannot be learned from is refused before training, by file and line."""
    row, expected = WRONG_PAIRS[case]
    (tmp_path / "pairs.jsonl").write_text(f"{json.dumps(PAIR)}\n{json.dumps(row)}\n")
    config = tmp_path / "run.yaml"
    config.write_text(f"model: {{path: {tiny_model}}}\npreferences: {{path: pairs.jsonl}}\n")
    result = audit("train-and-compare", config, "--out", tmp_path / "run")
    assert result.returncode == 2
    assert "pairs.jsonl:2" in result.stderr
    assert expected in result.stderr


@pytest.mark.parametrize(
    ("removed", "expected"),
    [
        ("model.safetensors", "holds no weights"),
        ("chat_template.jinja", "no chat template"),
        ("config.json", "holds no config.json"),
        ("tokenizer.json", "holds no tokenizer"),
    ],
)
def test_an_incomplete_model_is_named(
    audit: Audit, tiny_model: Path, tmp_path: Path, removed: str, expected: str
) -> None:
    """A model folder without weights, template, settings or tokenizer is refused."""
    folder = tmp_path / "model"
    folder.mkdir()
    for file in tiny_model.iterdir():
        if file.name != removed:
            (folder / file.name).symlink_to(file)
    config = tmp_path / "run.yaml"
    config.write_text("model: {path: ./model}\npreferences: {path: demo}\n")
    result = audit("train-and-compare", config, "--out", tmp_path / "run")
    assert result.returncode == 2
    assert expected in result.stderr


def test_a_folder_with_other_files_is_refused(
    audit: Audit, tiny_config: Path, tmp_path: Path
) -> None:
    """A run is never written over something else."""
    (tmp_path / "notes.txt").write_text("mine")
    result = audit("train-and-compare", tiny_config, "--out", tmp_path)
    assert result.returncode == 2
    assert "not empty" in result.stderr


def test_a_folder_with_another_run_is_refused(
    audit: Audit, tiny_config: Path, finished_run: Path
) -> None:
    """A second run in the same folder needs --resume, and the same configuration."""
    again = audit("train-and-compare", tiny_config, "--out", finished_run)
    assert (again.returncode, "--resume" in again.stderr) == (2, True)
    changed = ("--out", finished_run, "--resume", "--set", "train.beta=0.7")
    other = audit("train-and-compare", tiny_config, *changed)
    assert (other.returncode, "another train" in other.stderr) == (2, True)


def test_duplicate_probe_ids_are_named(audit: Audit, tmp_path: Path) -> None:
    """Both lines of a repeated id are named."""
    probe = {"id": "a", "set": "mine", "kind": "harmful", "category": "x", "prompt": "Why?"}
    file = tmp_path / "probes.jsonl"
    file.write_text(f"{json.dumps(probe)}\n{json.dumps(probe)}\n")
    result = audit("probes", "check", file)
    assert result.returncode == 2
    assert "probes.jsonl:2" in result.stderr
    assert "probes.jsonl:1 already" in result.stderr


def test_a_full_disk_is_refused_before_training(tiny_model: Path, tmp_path: Path) -> None:
    """A disk that the checkpoints would fill is refused with both figures."""
    from audit.errors import InputError
    from audit.jobs.preflight import refuse_full_disk
    from audit.run.model_folder import ModelFolder

    with pytest.raises(InputError, match="GB are free, and the run may need"):
        refuse_full_disk(tmp_path, ModelFolder(tiny_model, "tiny", None), arms=10**12)


def test_doctor_says_why_not(audit: Audit) -> None:
    """`audit doctor --json` names engine, attention, hub and memory."""
    findings = json.loads(audit("doctor", "--json").stdout)
    assert {"engine", "attention", "hub", "memory", "GPU"} <= set(findings)
