"""Do trained weights leave a run as they were audited, and to a hub only with their verdict?"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import AUDIT, Audit
from writable_hub import WritableHub, serve_writable

TOKEN = "hf_only-in-the-environment"  # noqa: S105 - of a hub in this test


@pytest.fixture
def run(finished_run: Path, tmp_path: Path) -> Path:
    """Copy the finished run: what is exported lies inside."""
    return Path(shutil.copytree(finished_run, tmp_path / "run"))


def _push(
    run: Path, hub: WritableHub, *words: object, token: str = TOKEN
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HF_ENDPOINT": hub.address, "HF_HUB_DISABLE_XET": "1"}
    environment.pop("HF_HUB_OFFLINE", None)
    environment.pop("HF_TOKEN", None)
    command = [AUDIT, "push", str(run), "me/safer", *map(str, words)]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env=environment | ({"HF_TOKEN": token} if token else {}),
        timeout=120,
    )


def _decide(run: Path, verdict: str) -> None:
    """Let the run's comparison have come to a verdict."""
    path = run / "comparison.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "verdict": verdict}))


def test_merged_weights_are_the_base_with_its_adapter(
    audit: Audit, run: Path, tiny_model: Path
) -> None:
    """Transformers loads them, and they answer as PEFT's adapter on the base does."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    written = audit("export", run, "--merge", "--json")
    assert written.returncode == 0, written.stderr
    folder = run / "export" / "merged"
    told = json.loads(written.stdout)
    assert told["folder"] == str(folder)
    merged = AutoModelForCausalLM.from_pretrained(folder)
    base = AutoModelForCausalLM.from_pretrained(tiny_model)
    tokens = AutoTokenizer.from_pretrained(folder)("How are you today?", return_tensors="pt")
    with torch.no_grad():
        plain = base(**tokens).logits
        adapted = PeftModel.from_pretrained(base, run / "train" / "adapter")(**tokens).logits
        found = merged(**tokens).logits
    assert torch.allclose(found, adapted, atol=1e-4)
    assert not torch.allclose(found, plain, atol=1e-2)
    card = (folder / "README.md").read_text()
    assert told["sha256"]["weights in this folder"] in card
    assert "library_name: transformers" in card


def test_the_exported_adapter_tells_no_place_of_this_machine(
    audit: Audit, run: Path, tiny_model: Path
) -> None:
    """It is the audited one, and its base is named without its folder."""
    assert audit("export", run).returncode == 0
    folder = run / "export" / "adapter"
    weights = "adapter_model.safetensors"
    assert (folder / weights).read_bytes() == (run / "train" / "adapter" / weights).read_bytes()
    assert json.loads((folder / "adapter_config.json").read_text())["base_model_name_or_path"] == (
        tiny_model.name
    )
    for file in folder.glob("*.*"):
        assert str(tiny_model.parent).encode() not in file.read_bytes()
    assert (folder / "tokenizer.json").exists()


def test_what_passes_is_pushed_with_its_result(run: Path) -> None:
    """Weights, tokenizer and card are there, and the token is in none of the files."""
    _decide(run, "pass")
    with serve_writable(TOKEN) as hub:
        pushed = _push(run, hub, "--merge", "--json")
        assert pushed.returncode == 0, pushed.stderr
        files = hub.pushed["me/safer"]
    assert json.loads(pushed.stdout)["address"].startswith(hub.address)
    assert files["model.safetensors"] == (run / "export/merged/model.safetensors").read_bytes()
    assert {"README.md", "config.json", "tokenizer.json"} <= files.keys()
    card = files["README.md"].decode()
    assert "# safer" in card
    assert "Verdict under the gate: **pass**" in card
    assert "force" not in card
    everything = b"".join(file.read_bytes() for file in run.rglob("*") if file.is_file())
    assert TOKEN.encode() not in everything + b"".join(files.values())


@pytest.mark.parametrize(
    ("verdict", "words", "said"),
    [
        ("regressed", (), None),
        ("regressed", ("--inconclusive",), None),
        ("inconclusive", (), None),
        ("regressed", ("--force",), "Pushed by force against the verdict REGRESSED"),
        ("inconclusive", ("--inconclusive",), "The verdict of its audit is INCONCLUSIVE"),
    ],
)
def test_what_does_not_pass_is_not_pushed_in_silence(
    run: Path, verdict: str, words: tuple[str, ...], said: str | None
) -> None:
    """Nothing reaches the hub, or the card says against what it does."""
    _decide(run, verdict)
    with serve_writable(TOKEN) as hub:
        pushed = _push(run, hub, *words)
        files: dict[str, Any] = hub.pushed.get("me/safer", {})
    if said is None:
        assert (pushed.returncode, files, hub.pushed) == (2, {}, {})
        assert f"the verdict is {verdict.upper()}" in pushed.stderr
    else:
        assert pushed.returncode == 0, pushed.stderr
        assert said in files["README.md"].decode()


def test_a_hub_that_refuses_is_said(run: Path) -> None:
    """Without a token, or with a wrong one, with exit code 2 and no traceback."""
    _decide(run, "pass")
    with serve_writable(TOKEN) as hub:
        without = _push(run, hub, token="")
        wrong = _push(run, hub, token="hf_wrong-one")
        assert hub.pushed == {}
    assert (without.returncode, wrong.returncode) == (2, 2)
    assert "HF_TOKEN: is not set" in without.stderr
    assert "the hub did not take it" in wrong.stderr
    assert "Traceback" not in wrong.stderr
    assert "hf_wrong-one" not in wrong.stderr


def test_changed_answers_are_not_pushed(run: Path) -> None:
    """A comparison of other answers than those that are there speaks of another model."""
    _decide(run, "pass")
    with (run / "arms" / "after" / "responses.jsonl").open("a") as file:
        file.write("\n")
    with serve_writable(TOKEN) as hub:
        pushed = _push(run, hub)
        assert hub.pushed == {}
    assert pushed.returncode == 2
    assert "was changed after the last answer" in pushed.stderr


def test_weights_in_several_files_stay_in_them(tiny_model: Path, tmp_path: Path) -> None:
    """Every tensor of a base in shards is written once, into the file that it came from."""
    from safetensors import safe_open
    from transformers import AutoModelForCausalLM

    from audit.run.arm import BaseWeights, new_arm
    from audit.run.model_folder import ModelFolder
    from probes.arms import OpenedArm
    from probes.exporting import _by_file

    folder = tmp_path / "shards"
    AutoModelForCausalLM.from_pretrained(tiny_model).save_pretrained(folder, max_shard_size="300KB")
    model = ModelFolder(folder, str(folder), None)
    base = BaseWeights(kind="base", model=model.files())
    arm = OpenedArm(new_arm("after", base, step=None, run=None), model, "", None)
    written = {file: set(tensors) for file, tensors in _by_file(arm, keep_head=False)}
    assert len(written) > 2
    for file, names in written.items():
        with safe_open(folder / file, framework="pt") as stored:
            assert names == set(stored.keys())
    assert set(written) == {path.name for path in model.weight_files()}
