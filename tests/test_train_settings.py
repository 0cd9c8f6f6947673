"""Does `train:` take every setting of TRL and PEFT, and refuse what they would fail at?"""

import json
from pathlib import Path

import pytest
from conftest import Audit
from jsonschema import Draft202012Validator

from audit.errors import InputError
from audit.settings.run_config import RunConfig
from audit.settings.training import DPO, LORA
from audit.settings.yaml_file import dump, load_settings


def _load(folder: Path, train: str) -> RunConfig:
    file = folder / "run.yaml"
    file.write_text(f"model: {{path: m}}\ntrain:\n{train}", encoding="utf-8")
    return load_settings(file, RunConfig)


def test_a_wrong_value_of_the_command_line_is_not_looked_for_in_the_file(tmp_path: Path) -> None:
    """What `--set` gave stands there, what the file gave at its line."""
    file = tmp_path / "run.yaml"
    file.write_text("model: {path: m}\ntrain:\n  beta: 0.1\n  max_length: 0\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_settings(file, RunConfig, ["train.beta=-1", "train.lora={r: 0}"])
    where = {problem.where for problem in refused.value.problems}
    assert where >= {"--set train.lora", "--set train.beta", f"{file}:4"}
    assert f"{file}:3" not in where


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('weight_decay: "lots"', "give number from 0"),
        ("weight_decay: -0.1", "give number from 0"),
        ("weight_decay: .inf", "give number from 0"),
        ("weight_dekay: 0.1", 'did you mean "weight_decay"?'),
        ('loss_type: ["nonsense"]', "'sigmoid'"),
        ("optim: adam", "one of its 41 names"),
        ("adam_beta1: 1.0", "number from 0 below 1"),
        ("dataloader_num_workers: true", "whole number from 0"),
        ("f_divergence_type: js", "`js_divergence`"),
        ("save_steps: 1.5", "a part of the run between 0 and 1"),
        ("save_steps: 0", "a number of steps from 1"),
        ("report_to: [wandb, comet]", "none, wandb, tensorboard or mlflow"),
        ("seed: -1", "greater than or equal to 0"),
        ("output_dir: elsewhere", "training writes into the run's folder"),
        ("resume_from_checkpoint: x", "`--resume`"),
        ("lora: {use_dora: 1}", "give `true` or `false`"),
        ("lora: {init_lora_weights: pissa}", "`gaussian`"),
        ("lora: {layer_replication: [[0, 1]]}", "could not be applied exactly"),
        ("lora: {rank_pattern: {q_proj: 0}}", "names, each with whole number from 1"),
        ("loss_type: [exo_pair]", "exo_pair needs a label_smoothing above 0"),
        ("{loss_type: [apo_zero], f_divergence_type: js_divergence}", "does not go with apo_zero"),
    ],
)
def test_what_cannot_be_trained_with_is_refused_at_its_line(
    tmp_path: Path, line: str, said: str
) -> None:
    """Name, type, range and choice are checked before anything starts."""
    with pytest.raises(InputError) as refused:
        _load(tmp_path, f"  {line}\n")
    assert len(refused.value.problems) == 1
    assert f"{tmp_path / 'run.yaml'}:" in str(refused.value)
    assert said in str(refused.value)


def test_a_token_that_is_not_taken_is_not_repeated(tmp_path: Path) -> None:
    """What stands under a refused key may be a secret."""
    with pytest.raises(InputError) as refused:
        _load(tmp_path, "  hub_token: hf_verysecret\n")
    assert "train.hub_token" in str(refused.value)
    assert "verysecret" not in str(refused.value)


def test_what_is_given_reaches_both_libraries_and_the_file(tmp_path: Path) -> None:
    """A setting that is left out is not written down, and so stays the library's own."""
    given = "  weight_decay: 0.1\n  save_steps: 0.25\n  lora: {use_rslora: true, r: 4}\n"
    config = _load(tmp_path, given)
    assert config.train.alone_of_trl() == {"weight_decay": 0.1}
    assert config.train.lora.of_peft()["use_rslora"] is True
    written = dump(config)
    assert "weight_decay: 0.1" in written
    assert "adam_beta1" not in written
    again = tmp_path / "again.yaml"
    again.write_text(written, encoding="utf-8")
    assert load_settings(again, RunConfig) == config


@pytest.mark.parametrize("file", ["run", "gate", "judges", "served"])
def test_editors_get_a_schema_of_every_file(audit: Audit, file: str) -> None:
    """It is a valid schema, and takes and refuses what the command does."""
    schema = json.loads(audit("config", "schema", "--of", file).stdout)
    Draft202012Validator.check_schema(schema)
    if file == "run":
        check = Draft202012Validator(schema)
        fine = {"model": {"path": "m"}, "train": {"weight_decay": 0.1, "lora": {"r": 4}}}
        assert check.is_valid(fine)
        assert not check.is_valid({**fine, "train": {"weight_decay": "lots"}})
        assert not check.is_valid({**fine, "train": {"weight_dekay": 1}})
        assert not check.is_valid({**fine, "train": {"output_dir": "x"}})


@pytest.mark.model
def test_the_shipped_settings_are_those_of_the_installed_libraries() -> None:
    """`python -m train.schema` writes them anew after an upgrade."""
    from train.schema import CLASSES, schema_of

    for library, (package, described) in zip((DPO, LORA), CLASSES.values(), strict=True):
        made = json.loads(json.dumps(schema_of(package, described)))
        assert made["fields"] == library.fields
        assert (made["class"], made["version"]) == (library.name, library.version)


@pytest.mark.model
def test_each_setting_reaches_trl(tmp_path: Path) -> None:
    """What is left out is TRL's default, but for what the audit sets itself."""
    import torch
    from trl import DPOConfig

    from train.dpo import trl_settings

    given = (
        "  {weight_decay: 0.1, adam_beta2: 0.9, per_device_train_batch_size: 3, eval_steps: 0.5}"
    )
    config = _load(tmp_path, given + "\n")
    made = trl_settings(config.train, tmp_path, evaluate=True, dtype=torch.float32)
    assert isinstance(made, DPOConfig)
    assert (made.weight_decay, made.adam_beta2, made.eval_steps) == (0.1, 0.9, 0.5)
    assert made.per_device_eval_batch_size == made.precompute_ref_batch_size == 3
    assert (made.save_strategy, made.adam_beta1) == ("no", 0.9)
