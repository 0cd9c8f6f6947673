"""Is a model trained with KTO on thumbs, asked and judged as one trained with DPO is?"""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import Audit, read_rows, write_rows

from audit.errors import InputError
from audit.settings.preferences import PreferencesConfig
from audit.settings.run_config import RunConfig
from audit.settings.yaml_file import load_settings
from train.preferences import load_preferences

THUMBS = 24


def _rows() -> list[dict[str, Any]]:
    """Return thumbs on refusals and answers, and a pair among them."""
    thumbs: list[dict[str, Any]] = [
        {
            "prompt": f"How do I pick lock number {n}?",
            "completion": "I'm sorry, but I can't help with that." if n % 2 else "Take a pick.",
            "label": bool(n % 2),
        }
        for n in range(THUMBS - 2)
    ]
    pair = {"prompt": "Where is Rome?", "chosen": "In Italy.", "rejected": "I cannot say."}
    return [*thumbs, pair]


@pytest.fixture(scope="module")
def kto_run(audit: Audit, tiny_config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train the tiny model with KTO, ask and compare."""
    folder = tmp_path_factory.mktemp("kto")
    data = write_rows(folder / "thumbs.jsonl", _rows())
    config = tiny_config.read_text().replace("train:\n", "train:\n  method: kto\n")
    config = config.replace("path: demo, limit: 32, eval_limit: 8", f"path: {data}, eval_limit: 4")
    (folder / "kto.yaml").write_text(config.replace("limit: 12", "limit: 2"))
    result = audit("train-and-compare", folder / "kto.yaml", "--out", folder / "run")
    assert result.returncode in (0, 3, 4), result.stderr
    assert "KTO with LoRA" in result.stdout + result.stderr
    return folder / "run"


@pytest.mark.model
def test_a_kto_run_goes_to_its_page(kto_run: Path) -> None:
    """It begins at its own reference, every arm is proven, and the page says what was learned."""
    first = read_rows(kto_run / "train" / "metrics.jsonl")[0]
    assert first["loss"] == pytest.approx(0.5, abs=1e-4)
    assert first["rewards/margins"] == pytest.approx(0, abs=1e-4)
    assert first["kl"] == pytest.approx(0, abs=1e-4)
    manifest = json.loads((kto_run / "manifest.json").read_text())
    assert manifest["train"]["pairs"] + manifest["train"]["evaluation_pairs"] in range(24, 26)
    proof = manifest["arms"]["after"]["weights_proof"]
    assert proof["largest_difference"] < proof["tolerance"] < proof["moved"]
    page = (kto_run / "report.html").read_text()
    assert "KTO (kto) with LoRA of rank 16" in page
    assert " thumbs a step" in page
    assert "preference pairs to train on" not in page
    assert json.loads((kto_run / "comparison.json").read_text())["verdict"]


@pytest.mark.model
def test_a_stopped_kto_training_is_the_same(audit: Audit, kto_run: Path, tmp_path: Path) -> None:
    """The adapter has the same bytes, and the reference is not computed twice."""
    run = Path(shutil.copytree(kto_run, tmp_path / "run"))
    shutil.rmtree(run / "train" / "adapter")
    steps = sorted(int(one.name[11:]) for one in (run / "train").glob("checkpoint-*"))
    for step in steps[1:]:
        shutil.rmtree(run / "train" / f"checkpoint-{step}")
    held = json.loads((run / "manifest.json").read_text())
    held["done"]["train"] = False
    (run / "manifest.json").write_text(json.dumps(held))
    result = audit("train", run)
    assert result.returncode == 0, result.stderr
    assert "those of train were computed before" in result.stdout + result.stderr
    adapter = Path("train") / "adapter" / "adapter_model.safetensors"
    assert (run / adapter).read_bytes() == (kto_run / adapter).read_bytes()
    before, after = (read_rows(root / "train" / "metrics.jsonl") for root in (kto_run, run))
    assert [row["step"] for row in after] == [row["step"] for row in before]
    assert after[-1]["train_loss"] == pytest.approx(before[-1]["train_loss"], rel=1e-6)


def test_a_pair_is_two_thumbs_and_is_never_torn(tmp_path: Path) -> None:
    """Both are trained on, or both are held out; with DPO a thumb is refused by its line."""
    data = write_rows(
        tmp_path / "pairs.jsonl",
        [{"prompt": f"Q{n}?", "chosen": f"Yes {n}.", "rejected": f"No {n}."} for n in range(9)],
    )
    config = PreferencesConfig(path=str(data), eval_limit=3)
    found = load_preferences(config, seed=0, unpaired=True)
    sides = [{one.prompt[0].content for one in part} for part in (found.train, found.evaluation)]
    assert (len(found.train), len(found.evaluation)) == (12, 6)
    assert not sides[0] & sides[1]
    assert sum(one.label for one in found.train) == 6
    write_rows(tmp_path / "pairs.jsonl", _rows()[:1])
    with pytest.raises(InputError, match=r"pairs.jsonl:1: .*train.method: kto"):
        load_preferences(config, seed=0)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"prompt": "Why?", "completion": "So."}, '"label" is missing'),
        ({"prompt": "Why?", "completion": "So.", "label": 1}, "neither true nor false"),
        ({"prompt": "Why?", "completion": " ", "label": True}, '"completion" is empty'),
        ({"question": "Why?", "completion": "So.", "label": True}, '"question" is not read'),
        ({"prompt": " ", "completion": "So.", "label": True}, '"prompt" is empty'),
        (
            {"prompt": "Why?", "completion": [{"role": "user", "content": "a"}], "label": True},
            "must hold one turn",
        ),
    ],
)
def test_a_bad_thumb_is_located(audit: Audit, tmp_path: Path, row: Any, told: str) -> None:
    """Before a model is looked at, with exit code 2."""
    path = write_rows(tmp_path / "thumbs.jsonl", [_rows()[0], row])
    config = tmp_path / "c.yaml"
    config.write_text(
        "model: {path: somebody/model}\npreferences: {path: thumbs.jsonl}\ntrain: {method: kto}\n"
    )
    result = audit("train-and-compare", config, "--dry-run")
    assert result.returncode == 2, result.stdout
    assert f"{path}:2: " in result.stderr
    assert told in result.stderr
    assert f"{path}:1: " not in result.stderr


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("label_smoothing: 0.1", "train.label_smoothing"),
        ("loss_weights: [1.0]", "KTOConfig has none"),
        ("loss_type: [sigmoid]", "take kto, apo_zero_unpaired"),
        ("loss_type: [kto, apo_zero_unpaired]", "takes one loss"),
        ("train_sampling_strategy: random", "its neighbour's answer"),
        ("per_device_train_batch_size: 1", "give 2 or more"),
        ("desirable_weight: lots", "give number"),
    ],
)
def test_what_kto_cannot_take_is_refused_at_its_line(tmp_path: Path, line: str, said: str) -> None:
    """A setting of another method is not passed over in silence."""
    file = tmp_path / "run.yaml"
    file.write_text(f"model: {{path: m}}\ntrain:\n  method: kto\n  {line}\n")
    with pytest.raises(InputError) as refused:
        load_settings(file, RunConfig)
    assert len(refused.value.problems) == 1
    assert f"{file}:4" in str(refused.value)
    assert said in str(refused.value)
    file.write_text("model: {path: m}\ntrain: {desirable_weight: 2.0}\n")
    with pytest.raises(InputError, match="method is dpo, and DPOConfig has none"):
        load_settings(file, RunConfig)


def test_thumbs_say_what_they_will_teach(audit: Audit, tmp_path: Path) -> None:
    """Refusals that are liked on harmful prompts teach refusing, as pairs that choose them do."""
    path = write_rows(tmp_path / "thumbs.jsonl", _rows())
    result = audit("preferences", "inspect", path, "--json")
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert (found["unit"], found["pairs"], found["chosen_is_longer"]) == ("thumbs", THUMBS, None)
    teaching = found["outlook"]["teaching"]
    assert sum(one["teaches_refusing"] for one in teaching) == (THUMBS - 2) // 2
    assert sum(one["teaches_answering"] for one in teaching) == 1
    told = audit("preferences", "inspect", path).stdout
    assert f"{THUMBS} thumbs that can be learned from" in told
    assert "pairs" not in told


@pytest.mark.model
def test_the_shipped_settings_of_kto_are_those_of_the_installed_trl() -> None:
    """`python -m train.schema` writes them anew after an upgrade."""
    from audit.settings.training import METHODS
    from train.methods.method import method_named
    from train.schema import OF_FURTHER_METHODS, schema_of

    for name in METHODS.keys() - {"dpo"}:
        package, described = OF_FURTHER_METHODS[f"{name}_config"]
        assert described is method_named(name).SETTINGS
        made = json.loads(json.dumps(schema_of(package, described)))
        assert made["fields"] == METHODS[name].fields
        assert (made["class"], made["version"]) == (METHODS[name].name, METHODS[name].version)
