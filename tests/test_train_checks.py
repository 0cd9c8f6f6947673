"""Is a training that could not work, or would teach something else, refused before it starts?"""

import json
import shutil
from pathlib import Path

import pytest
from conftest import CHATML, Audit, write_rows

from audit.errors import InputError
from audit.jobs.training_preflight import lacking_for_training
from audit.settings.yaml_file import load_run_config

USUAL = "max_length: 128, learning_rate: 1e-5"
PROMPT = "{% for message in messages %}"
DROPPING = CHATML.replace(PROMPT, PROMPT + "{% if message['role'] != 'system' %}").replace(
    "{% endfor %}", "{% endif %}{% endfor %}"
)
THINKING = CHATML.replace("<|im_start|>assistant\n", "<|im_start|>assistant\n<think>\n")
ENDLESS = CHATML.replace("<|im_end|>\n{% endfor", "\n{% endfor")
REFUSING = "{{ raise_exception('roles must alternate') }}"


def _config(model: Path, folder: Path, train: str, pairs: str = "path: demo, limit: 24") -> Path:
    config = folder / "run.yaml"
    config.write_text(
        f"model: {{path: {model}}}\npreferences: {{{pairs}}}\ntrain: {{{train}}}\n"
        "gate: {allow_unresolved: true}\n",
        encoding="utf-8",
    )
    return config


def _check(config_file: Path) -> list[str]:
    """Return what is told where nothing is refused."""
    from train.checks import check_training
    from train.preferences import load_preferences

    config = load_run_config(config_file)
    preferences = load_preferences(config.needed_preferences(""), 0)
    said: list[str] = []
    check_training(
        config, Path(config.model.path), preferences, lambda news: said.append(str(news))
    )
    return said


def _with_template(model: Path, folder: Path, template: str) -> Path:
    changed = Path(shutil.copytree(model, folder / "model"))
    (changed / "chat_template.jinja").write_text(template, encoding="utf-8")
    return changed


def test_a_dry_run_says_what_the_pairs_are_cut_to(
    audit: Audit, tiny_model: Path, tmp_path: Path
) -> None:
    """Tokens are counted as TRL renders them, and what is unusual is told."""
    config = _config(tiny_model, tmp_path, f"{USUAL}, lora: {{lora_dropout: 0.1}}")
    result = audit("train-and-compare", config, "--dry-run")
    said = result.stdout
    assert result.returncode == 0, result.stderr
    assert "tokens: prompt and answer have" in said
    assert "max_length 128" in said
    assert "disable_dropout" in said
    assert "unusual" not in said


@pytest.mark.parametrize(
    ("train", "said"),
    [
        ("lora: {target_modules: [nosuch]}", "PEFT cannot put this adapter into"),
        ("lora: {target_modules: [q_proj, lm_head]}", "the output head is among"),
        ("max_length: 16", "train.max_unlearned"),
        ("max_length: 48, max_cut: 0.1", "train.max_cut"),
    ],
)
def test_what_training_would_refuse_is_refused_before(
    tiny_model: Path, tmp_path: Path, train: str, said: str
) -> None:
    """Nothing passes that fails after the model was loaded."""
    with pytest.raises(InputError, match=said):
        _check(_config(tiny_model, tmp_path, train))


def test_what_is_not_installed_is_named(tiny_model: Path, tmp_path: Path) -> None:
    """An optimizer's own package is looked for before training."""
    config = load_run_config(
        _config(tiny_model, tmp_path, "optim: apollo_adamw, report_to: mlflow")
    )
    said = "\n".join(str(problem) for problem in lacking_for_training(config.train))
    assert "train.optim: apollo_torch is not installed" in said
    assert "train.report_to: mlflow is not installed" in said


@pytest.mark.parametrize(
    ("template", "said"),
    [
        (THINKING, "renders a prompt in another way when its answer follows"),
        (ENDLESS, "no answer is rendered with a token that ends an answer"),
        (REFUSING, "refuses a conversation (roles must alternate)"),
        (DROPPING, "drops the system turn, in 1 of the pairs"),
    ],
)
def test_a_template_that_would_teach_something_else_is_refused(
    tiny_model: Path, tmp_path: Path, template: str, said: str
) -> None:
    """The model would be trained on a context that it never sees when it is asked."""
    rows = [
        {"prompt": [{"role": "user", "content": "Is rain wet?"}]},
        {
            "prompt": [
                {"role": "system", "content": "Answer as a pirate."},
                {"role": "user", "content": "Is rain wet?"},
            ]
        },
    ]
    answers = {
        "chosen": [{"role": "assistant", "content": "Yes, it is."}],
        "rejected": [{"role": "assistant", "content": "No."}],
    }
    pairs = write_rows(tmp_path / "pairs.jsonl", [row | answers for row in rows])
    model = _with_template(tiny_model, tmp_path, template)
    with pytest.raises(InputError) as refused:
        _check(_config(model, tmp_path, USUAL, f"path: {pairs}"))
    assert said in str(refused.value)


def test_training_refuses_the_same(audit: Audit, tiny_config: Path, tmp_path: Path) -> None:
    """What a dry run finds, a real run finds before the model is loaded."""
    run = tmp_path / "run"
    result = audit(
        *("train-and-compare", tiny_config, "--out", run, "--set", "train.lora.target_modules=[no]")
    )
    assert result.returncode == 2
    assert "train.lora: PEFT cannot put this adapter into" in result.stderr
    assert not (run / "train" / "adapter").exists()
    assert json.loads((run / "manifest.json").read_text())["done"]["train"] is False
