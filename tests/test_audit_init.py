"""Does `audit init` look at model and pairs, and write a configuration that runs?"""

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import AUDIT, PROJECT, Audit, write_rows
from ruamel.yaml import YAML

from audit.commands.main import main

MESSAGES = {
    "prompt": [{"role": "user", "content": "Why?"}],
    "chosen": [{"role": "assistant", "content": "Because."}],
    "rejected": [{"role": "assistant", "content": "No."}],
}
FORMS = {
    "explicit prompt, plain text": {"prompt": "Why?", "chosen": "Because.", "rejected": "No."},
    "explicit prompt, conversational": MESSAGES,
    "implicit prompt, plain text": {"chosen": "Why? Because.", "rejected": "Why? No."},
    "transcripts as HH-RLHF has them": {
        "chosen": "\n\nHuman: Why?\n\nAssistant: Because.",
        "rejected": "\n\nHuman: Why?\n\nAssistant: No.",
    },
}


@pytest.mark.parametrize("form", FORMS)
def test_the_written_configuration_passes_its_own_dry_run(
    audit: Audit, tiny_model: Path, tmp_path: Path, form: str
) -> None:
    """The form and the number of pairs are said, and the file works as it stands."""
    pairs = write_rows(tmp_path / "pairs.jsonl", [FORMS[form]] * 40)
    (tmp_path / "in").mkdir()
    file = tmp_path / "in" / "mine.yaml"
    made = audit("init", "--model", tiny_model, "--preferences", pairs, "--out", file)
    assert (made.returncode, made.stderr) == (0, "")
    assert f"40 pairs, {form} (40 rows)" in made.stdout
    assert f"audit train-and-compare {file}" in made.stdout
    checked = audit("train-and-compare", file, "--dry-run")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "5 steps of 8, drawn from 40 preference pairs" in checked.stdout
    assert "not checked" not in checked.stdout


def test_rated_answers_get_a_configuration_of_kto(
    audit: Audit, tiny_model: Path, tmp_path: Path
) -> None:
    """Rows of prompt, completion and label, which DPO could not learn from."""
    rows = [{"prompt": "Why?", "completion": "So.", "label": n % 2 == 0} for n in range(40)]
    pairs = write_rows(tmp_path / "thumbs.jsonl", rows)
    file = tmp_path / "mine.yaml"
    made = audit("init", "--model", tiny_model, "--preferences", pairs, "--out", file)
    assert (made.returncode, made.stderr) == (0, "")
    assert "40 thumbs, unpaired, plain text (40 rows)" in made.stdout
    assert "method: kto" in file.read_text()
    checked = audit("train-and-compare", file, "--dry-run")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "train: KTO with LoRA, 5 steps of 8, drawn from 40 thumbs" in checked.stdout


def test_pairs_of_many_lengths_are_grouped_by_them(
    audit: Audit, tiny_model: Path, tmp_path: Path
) -> None:
    """A short answer beside a long one would be mostly padding."""
    row = {"prompt": "Why?", "rejected": "No."}
    rows = [{**row, "chosen": "It is so. " * (1 + n * n // 40)} for n in range(40)]
    pairs = write_rows(tmp_path / "pairs.jsonl", rows)
    file = tmp_path / "mine.yaml"
    made = audit("init", "--model", tiny_model, "--preferences", pairs, "--out", file)
    assert (made.returncode, made.stderr) == (0, "")
    assert "train_sampling_strategy: group_by_length" in file.read_text()


def test_what_is_suggested_follows_from_what_was_found(
    audit: Audit, tiny_model: Path, tmp_path: Path
) -> None:
    """Long pairs, many pairs and unusable rows show in the numbers, each with its reason."""
    row = {"prompt": "Why? " * 30, "chosen": "Because. " * 40, "rejected": "No."}
    unusable = {**row, "rejected": row["chosen"]}
    pairs = write_rows(tmp_path / "pairs.jsonl", [*[row] * 2000, unusable])
    file = tmp_path / "mine.yaml"
    made = audit("init", "--model", tiny_model, "--preferences", pairs, "--out", file, "--json")
    found = json.loads(made.stdout)
    assert found["preferences"]["dropped"] == 1
    assert found["suggestion"]["steps"] == 63
    assert found["model"]["positions"] == 512
    written = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    assert written["preferences"]["invalid_rows"] == "drop"
    assert written["train"]["max_length"] <= 512
    batch = written["train"]["per_device_train_batch_size"]
    assert batch * written["train"]["gradient_accumulation_steps"] == 32
    assert "1 rows cannot be learned from" in file.read_text(encoding="utf-8")


def test_few_probes_of_the_users_own_are_allowed_to_be_unresolved(
    audit: Audit, tiny_model: Path, tmp_path: Path
) -> None:
    """A small set could never pass its margin, which the file says in place of failing."""
    probe = {"id": "m-1", "set": "mine", "kind": "harmful", "category": "c", "prompt": "Why?"}
    probes = write_rows(tmp_path / "mine.jsonl", [probe])
    words = ("init", "--model", tiny_model, "--preferences", "demo", "--probes", probes)
    assert audit(*words, "--out", "a.yaml", cwd=tmp_path).returncode == 0
    text = (tmp_path / "a.yaml").read_text(encoding="utf-8")
    assert "path: mine.jsonl" in text
    assert "allow_unresolved: true" in text
    assert audit("train-and-compare", "a.yaml", "--dry-run", cwd=tmp_path).returncode == 0


def test_what_no_option_says_is_asked(tiny_model: Path, tmp_path: Path) -> None:
    """Answers on standard input do what options do; without any the option is named."""
    words = [AUDIT, "init", "--out", "asked.yaml"]
    answers = f"{tiny_model}\ndemo\nborderline helpful\n"
    asked = subprocess.run(
        words, input=answers, capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert asked.returncode == 0, asked.stderr
    assert "Chat model" in asked.stderr
    written = YAML(typ="safe").load((tmp_path / "asked.yaml").read_text(encoding="utf-8"))
    assert written["probes"] == [{"set": "borderline"}, {"set": "helpful"}]
    silent = CliRunner().invoke(main, ["init", "--out", str(tmp_path / "b.yaml")])
    assert silent.exit_code == 2
    assert "--model: is missing" in silent.stderr


@pytest.mark.parametrize(
    ("removed", "expected"),
    [
        ("model.safetensors", "holds no weights"),
        ("chat_template.jinja", "no chat template"),
    ],
)
def test_a_model_that_cannot_be_used_is_refused(
    audit: Audit, tiny_model: Path, tmp_path: Path, removed: str, expected: str
) -> None:
    """Nothing is written for a folder without safetensors or without a chat template."""
    folder = tmp_path / "model"
    folder.mkdir()
    for file in tiny_model.iterdir():
        if file.name != removed:
            (folder / file.name).symlink_to(file)
    out = tmp_path / "a.yaml"
    refused = audit("init", "--model", folder, "--preferences", "demo", "--out", out)
    assert (refused.returncode, expected in refused.stderr) == (2, True)
    assert not out.exists()


def test_a_file_that_is_there_is_left_alone(audit: Audit, tmp_path: Path) -> None:
    """A configuration is never written over."""
    (tmp_path / "audit.yaml").write_text("mine")
    refused = audit("init", "--model", "m", "--preferences", "demo", cwd=tmp_path)
    assert (refused.returncode, "is there already" in refused.stderr) == (2, True)
    assert (tmp_path / "audit.yaml").read_text() == "mine"


@pytest.mark.parametrize("named", ["./modle", "models/modle", "modle", "/nowhere/modle", "a/b/c"])
def test_a_mistyped_folder_is_an_error_and_no_hub_id(
    audit: Audit, tiny_model: Path, tmp_path: Path, named: str
) -> None:
    """A dry run says that the folder is not there, and which one may be meant."""
    (tmp_path / "models").mkdir()
    for place in (tmp_path, tmp_path / "models"):
        (place / "model").symlink_to(tiny_model)
    config = tmp_path / "c.yaml"
    config.write_text(f"model: {{path: {named}}}\npreferences: {{path: demo}}\n")
    found = audit("train-and-compare", "c.yaml", "--dry-run", cwd=tmp_path)
    assert found.returncode == 2, found.stdout
    assert "there is no such folder" in found.stderr
    if named not in ("/nowhere/modle", "a/b/c"):
        assert "did you mean" in found.stderr


def test_a_mistyped_folder_of_another_command_is_one_too(
    audit: Audit, tiny_model: Path, tmp_path: Path
) -> None:
    """`compare-models` refuses it in the same words, and takes a hub id for one yet to come."""
    (tmp_path / "model").symlink_to(tiny_model)
    wrong = audit("compare-models", "modle", "model", "--dry-run", cwd=tmp_path)
    assert (wrong.returncode, 'did you mean "model"' in wrong.stderr) == (2, True)
    far = audit("compare-models", "somebody/modle", "model", "--dry-run", cwd=tmp_path)
    assert "somebody/modle: it is not on this machine yet" in far.stdout


def test_the_demos_model_may_be_yet_to_come(audit: Audit, tmp_path: Path) -> None:
    """The quickstart passes its dry run before its model was fetched."""
    config = (PROJECT / "examples" / "quickstart.yaml").read_text(encoding="utf-8")
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "q.yaml").write_text(config, encoding="utf-8")
    found = audit("train-and-compare", tmp_path / "examples" / "q.yaml", "--dry-run")
    assert (found.returncode, "not on this machine yet" in found.stdout) == (0, True)
