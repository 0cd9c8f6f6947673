"""Do the trackers hold the verdict beside the curves, in the run that the training logged to?"""

import json
import os
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
from conftest import AUDIT

TRACKERS = [name for name in ("tensorboard", "wandb", "mlflow") if find_spec(name)]


@pytest.fixture(scope="module")
def tracked(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train a step with every tracker that is installed here, none of which leaves the machine."""
    folder = tmp_path_factory.mktemp("tracked")
    config = folder / "tracked.yaml"
    config.write_text(
        f"""\
model: {{path: {tiny_model}}}
preferences: {{path: demo, limit: 4}}
train:
  max_steps: 1
  per_device_train_batch_size: 2
  max_length: 128
  report_to: [{", ".join(TRACKERS)}]
probes: [{{set: harmful, limit: 2}}, {{set: borderline, limit: 2}}]
generation: {{max_tokens: 4, engine: transformers, noise_floor: false}}
gate: {{allow_unresolved: true}}
"""
    )
    places = {
        "WANDB_MODE": "offline",
        "WANDB_DIR": str(folder),
        "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db",
        "MLFLOW_EXPERIMENT_NAME": "tracked",
        "HF_HUB_OFFLINE": "1",
    }
    ended = subprocess.run(
        [AUDIT, "train-and-compare", str(config), "--out", str(folder / "run")],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, **places},
        timeout=400,
    )
    assert ended.returncode in (0, 3, 4), ended.stderr
    for name in TRACKERS:
        assert f"{name} was told the verdict" in ended.stderr
    return folder


def _comparison(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "run" / "comparison.json").read_text())
    return found


@pytest.mark.skipif("tensorboard" not in TRACKERS, reason="TensorBoard is not installed")
def test_tensorboard_holds_the_verdict_beside_the_loss(tracked: Path) -> None:
    """In the same folder of event files: text, and a scalar for each number of each axis."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    noted = json.loads((tracked / "run" / "train" / "trackers.json").read_text())
    events = EventAccumulator(str(tracked / "run" / noted["tensorboard"])).Reload()
    assert "train/loss" in events.Tags()["scalars"]
    found = _comparison(tracked)
    (text,) = events.Tensors("audit/verdict/text_summary")
    assert f"**{found['verdict']}**".encode() in text.tensor_proto.string_val[0]
    for name, axis in found["axes"].items():  # type: ignore[attr-defined]
        (scalar,) = events.Scalars(f"audit/{name}/difference")
        assert scalar.value == pytest.approx(axis["difference"]["estimate"])


@pytest.mark.skipif("mlflow" not in TRACKERS, reason="MLflow is not installed")
def test_mlflow_holds_the_verdict_and_the_report(tracked: Path) -> None:
    """As tags, metrics and artifacts of the one run that holds the loss."""
    import mlflow

    mlflow.set_tracking_uri(f"sqlite:///{tracked}/mlflow.db")
    noted = json.loads((tracked / "run" / "train" / "trackers.json").read_text())
    run = mlflow.get_run(noted["mlflow"])
    assert run.data.tags["audit.verdict"] == _comparison(tracked)["verdict"]
    assert {"loss", "audit.over_refusal.difference"} <= run.data.metrics.keys()
    held = [one.path for one in mlflow.MlflowClient().list_artifacts(noted["mlflow"], "audit")]
    assert sorted(held) == ["audit/report-redacted.html", "audit/summary.md"]


@pytest.mark.skipif("wandb" not in TRACKERS, reason="W&B is not installed")
def test_wandb_is_told_offline_under_the_same_id(tracked: Path) -> None:
    """Both of its files, of the training and of the verdict, are of one run."""
    noted = json.loads((tracked / "run" / "train" / "trackers.json").read_text())["wandb"]
    files = list(tracked.rglob(f"run-{noted['id']}.wandb"))
    assert len(files) == 2
    assert any(b"audit/verdict" in file.read_bytes() for file in files)
