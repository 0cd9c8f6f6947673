"""Are models compared that were trained elsewhere, without training and preference data?"""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from adapter_zoo import save_adapter
from conftest import AUDIT, Audit, read_rows
from local_hub import COMMIT, serve
from test_probes_vllm_swaps import save_full

from audit.jobs.comparing_models import names_of

CONFIG = """\
probes: [{set: harmful, limit: 8}, {set: borderline, limit: 8}, {set: helpful, limit: 8}]
generation: {max_tokens: 16, max_num_seqs: 8}
gate: {allow_unresolved: true}
"""


@pytest.fixture(scope="module")
def models(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return a base model, an adapter on it, and two full fine-tunes of one name."""
    folder = tmp_path_factory.mktemp("elsewhere")
    adapter = save_adapter(tiny_model, folder / "an-adapter")
    full = save_full(tiny_model, folder / "night-1" / "final")
    return [tiny_model, adapter, full, shutil.copytree(full, folder / "night-2" / "final")]


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write what is asked, and how, without a model and without preferences."""
    path = tmp_path_factory.mktemp("models-config") / "asked.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def compared(
    audit: Audit, models: list[Path], config: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Compare all four once."""
    run = tmp_path_factory.mktemp("compared") / "run"
    result = audit("compare-models", *models, "--config", config, "--out", run, "--json")
    verdict = json.loads(result.stdout)["verdict"]
    assert result.returncode == {"pass": 0, "regressed": 3, "inconclusive": 4}[verdict]
    return run


def _texts(run: Path, arm: str) -> dict[str, str]:
    rows = read_rows(run / "arms" / arm / "responses.jsonl")
    return {row["probe_id"]: row["text"] for row in rows}


def test_folders_adapters_and_full_fine_tunes_are_arms(compared: Path, models: list[Path]) -> None:
    """Each is asked with its own weights, under a name that says which it is."""
    manifest = json.loads((compared / "manifest.json").read_text())
    kinds = {name: arm["source"]["kind"] for name, arm in manifest["arms"].items()}
    full = {"final": "full", "night-2-final": "full"}
    assert kinds == {"before": "base", "before-again": "base", "after": "adapter", **full}
    assert all(arm["asked"] and arm["weights_proof"] for arm in manifest["arms"].values())
    assert (manifest["origin"], manifest["train"]) == ("models", None)
    assert not (compared / "train").exists()
    assert _texts(compared, "final") == _texts(compared, "night-2-final")
    assert _texts(compared, "before") == _texts(compared, "before-again")
    moved = {name: arm["weights_proof"]["moved"] for name, arm in manifest["arms"].items()}
    assert (moved["before"], moved["before-again"] < 1e-4) == (None, True)
    assert min(moved[arm] for arm in full) > 0.01
    assert moved["after"] not in (moved["final"], moved["before-again"])
    table = [row["arm"] for row in json.loads((compared / "arms.json").read_text())["arms"]]
    assert table == ["before", "final", "night-2-final", "after"]
    page = (compared / "report.html").read_text(encoding="utf-8")
    for model in models:
        assert str(model) in page
    assert "audit train-and-compare config.yaml" not in page


def test_a_compared_model_is_blessed_and_checked(
    audit: Audit, compared: Path, models: list[Path], tmp_path: Path
) -> None:
    """Its answers are the baseline of a check that was never trained here."""
    history = ("--history", tmp_path / "h.sqlite")
    blessed = audit("bless", compared, "--arm", "before", "--reason", "released", *history)
    assert blessed.returncode == 0, blessed.stderr
    out = tmp_path / "check"
    command = ("check", models[1], "--baseline", "baseline", "--out", out)
    found = audit(*command, *history, cwd=tmp_path)
    assert found.returncode in (0, 3, 4), found.stderr
    assert "asking before" not in found.stderr
    assert _texts(out, "after") == _texts(compared, "after")


def test_two_adapters_stand_on_the_model_that_they_name(
    audit: Audit, models: list[Path], config: Path, tmp_path: Path
) -> None:
    """Where the first is an adapter, the base is what its configuration names, or --base."""
    other = save_adapter(models[0], tmp_path / "other", r=2)
    run = tmp_path / "run"
    command = ("compare-models", models[1], other, "--config", config)
    assert "of 3 arms" in audit(*command, "--dry-run").stdout
    nameless = tmp_path / "nameless"
    shutil.copytree(models[1], nameless)
    settings = json.loads((nameless / "adapter_config.json").read_text())
    del settings["base_model_name_or_path"]
    (nameless / "adapter_config.json").write_text(json.dumps(settings))
    command = ("compare-models", nameless, other, "--config", config, "--out", run)
    refused = audit(*command)
    assert (refused.returncode, "--base" in refused.stderr) == (2, True)
    found = audit(*command, "--base", models[0], "--set", "generation.noise_floor=false")
    assert found.returncode in (0, 3, 4), found.stderr
    arms = json.loads((run / "manifest.json").read_text())["arms"]
    assert [arm["source"]["kind"] for arm in arms.values()] == ["adapter", "adapter"]


def test_a_killed_comparison_goes_on(
    audit: Audit, models: list[Path], config: Path, compared: Path, tmp_path: Path
) -> None:
    """Every answer is there once, as undisturbed; other models are no continuation."""
    run = tmp_path / "killed"
    command = ["compare-models", *map(str, models), "--config", str(config), "--out", str(run)]
    begun = run / "arms" / "final" / "responses.jsonl"
    with subprocess.Popen([AUDIT, *command], stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 300
        while not begun.exists() or begun.read_bytes().count(b"\n") < 3:
            assert process.poll() is None, "the run ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
    others = ["compare-models", *command[1:3], *command[5:], "--resume"]
    refused = audit(*others)
    assert (refused.returncode, "other models (final" in refused.stderr) == (2, True)
    assert audit(*command, "--resume").returncode in (0, 3, 4)
    for arm in ("before", "before-again", "after", "final", "night-2-final"):
        rows = read_rows(run / "arms" / arm / "responses.jsonl")
        assert len(rows) == 24
        assert _texts(run, arm) == _texts(compared, arm)


def test_a_dry_run_writes_nothing(audit: Audit, models: list[Path], tmp_path: Path) -> None:
    """It says what would be asked; a hub id that is not here is named and not fetched."""
    probes = ("--probes", "harmful", "--probes", "borderline")
    command = ("compare-models", models[0], models[1], *probes, "--dry-run")
    found = audit(*command, cwd=tmp_path)
    assert found.returncode == 0, found.stderr
    assert "311 harmful, 376 borderline probes" in found.stdout
    assert "train:" not in found.stdout
    far = audit("compare-models", models[0], "somebody/far", "--dry-run", cwd=tmp_path)
    assert (far.returncode, "somebody/far: it is not on this machine" in far.stdout) == (0, True)
    assert list(tmp_path.iterdir()) == []


def test_another_architecture_is_refused_before_anything_is_asked(
    audit: Audit, models: list[Path], config: Path, tmp_path: Path
) -> None:
    """What differs is named, and no run is begun."""
    other = shutil.copytree(models[0], tmp_path / "other")
    settings = json.loads((other / "config.json").read_text())
    (other / "config.json").write_text(json.dumps({**settings, "num_hidden_layers": 3}))
    out = tmp_path / "run"
    found = audit("compare-models", models[0], other, "--config", config, "--out", out)
    assert (found.returncode, "num_hidden_layers" in found.stderr) == (2, True)
    assert not out.exists()


def test_another_chat_template_is_refused_before_anything_is_asked(
    audit: Audit, models: list[Path], config: Path, tmp_path: Path
) -> None:
    """Answers that differ by the template are no finding about the weights."""
    other, out = shutil.copytree(models[2], tmp_path / "other"), tmp_path / "run"
    template = other / "chat_template.jinja"
    template.write_text(template.read_text().replace("assistant", "user"))
    found = audit("compare-models", models[0], other, "--config", config, "--out", out)
    assert (found.returncode, "its chat template" in found.stderr) == (2, True)
    assert not (out / "arms").exists()


def test_log_odds_do_not_depend_on_what_was_drawn(
    audit: Audit, models: list[Path], config: Path, compared: Path, tmp_path: Path
) -> None:
    """They come with the answer, and are those before its first word however it is drawn."""
    run = tmp_path / "run"
    drawn = ("--set", "generation.temperature=1.0", "--set", "generation.noise_floor=false")
    found = audit("compare-models", *models[:2], "--config", config, "--out", run, *drawn)
    assert found.returncode in (0, 3, 4), found.stderr
    for arm in ("before", "after"):
        greedy, free = (
            {row["probe_id"]: row for row in read_rows(one / "arms" / arm / "responses.jsonl")}
            for one in (compared, run)
        )
        assert {probe: row["refusal_log_odds"] for probe, row in free.items()} == pytest.approx(
            {probe: row["refusal_log_odds"] for probe, row in greedy.items()}, abs=1e-4
        )
        assert [row["text"] for row in free.values()] != [greedy[probe]["text"] for probe in free]


def test_a_hub_id_is_compared_and_its_commit_noted(
    models: list[Path], config: Path, tmp_path: Path
) -> None:
    """Models and adapters are fetched by id, with the revision that was asked for."""
    run = tmp_path / "run"
    hubs = {"models/somebody/base": models[0], "models/somebody/adapter": models[1]}
    command = ["compare-models", "somebody/base@main", "somebody/adapter"]
    command += ["--config", str(config), "--out", str(run), "--set", "generation.noise_floor=false"]
    with serve(hubs) as hub:
        home = {"HF_ENDPOINT": hub, "HF_HOME": str(tmp_path / "home"), "HF_HUB_OFFLINE": "0"}
        result = subprocess.run(
            [AUDIT, *command],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **home},
            timeout=600,
        )
    assert result.returncode in (0, 3, 4), result.stderr
    manifest = json.loads((run / "manifest.json").read_text())
    assert (manifest["model"]["source"], manifest["model"]["revision"]) == ("somebody/base", COMMIT)
    assert manifest["arms"]["after"]["source"]["kind"] == "adapter"


def test_a_configuration_that_trains_names_its_pairs(audit: Audit, tmp_path: Path) -> None:
    """Preferences may be missing where nothing is trained, and only there."""
    config = tmp_path / "c.yaml"
    config.write_text("model: {path: x}\n")
    found = audit("train-and-compare", config)
    assert (found.returncode, '"preferences" is missing; add it' in found.stderr) == (2, True)


@pytest.mark.parametrize(
    ("named", "names"),
    [
        (["a/final", "b/final", "b/final"], ["final", "b-final", "final-2"]),
        (["org/Model-7B@step-100", "org/Model-7B"], ["Model-7B-step-100", "Model-7B"]),
        (["runs/before", "after", "..."], ["runs-before", "after-2", "model"]),
    ],
)
def test_names_are_unique_and_legible(
    named: list[str], names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model is called by the last part of its place, and by more where that is taken."""
    monkeypatch.chdir(tmp_path)
    assert names_of(named) == names
