"""Does a training that goes wrong say so while it runs?"""

import shutil
from pathlib import Path

import pytest
from conftest import Audit

from audit.errors import InputError
from audit.run.training_alarms import MANY, alarms_so_far
from audit.run.training_files import Metrics


def _curves(logs: int, **changed: list[float | None]) -> Metrics:
    """Return the logs of a quiet training, but for the curves that are given by their names."""
    quiet: Metrics = [
        {
            "step": n + 1,
            "loss": 0.69 - n / 1000,
            "grad_norm": 1.0,
            "logps/chosen": -50.0,
            "rewards/margins": n / 100,
            "rewards/accuracies": 0.6 + n / 1000,
        }
        for n in range(logs)
    ]
    for name, values in changed.items():
        key = name.replace("__", "/")
        for row, value in zip(reversed(quiet), reversed(values), strict=False):
            row[key] = value
    return quiet


@pytest.mark.parametrize(
    ("logs", "changed", "name"),
    [
        (1, {"loss": [None]}, "not a number"),
        (2, {"grad_norm": [None]}, "not a number"),
        (4, {"grad_norm": [0.0] * 4}, "gradients vanished"),
        (MANY, {"grad_norm": [40.0]}, "gradients exploded"),
        (3, {"eval_loss": [0.5, 0.6]}, "evaluation loss rose"),
        (MANY, {"logps__chosen": [-90.0] * 8}, "chosen became unlikely"),
        (MANY, {"rewards__accuracies": [0.5] * MANY}, "at chance"),
        (1, {"rewards__margins": [80.0], "loss": [0.0]}, "margin exploded"),
    ],
)
def test_each_alarm_is_raised_alone_and_has_a_remedy(
    logs: int, changed: dict[str, list[float | None]], name: str
) -> None:
    """A quiet training of the same length raises none."""
    assert alarms_so_far(_curves(logs)) == []
    raised = alarms_so_far(_curves(logs, **changed))
    assert [alarm.name for alarm in raised] == [name]
    assert raised[0].remedy.endswith(".")


@pytest.mark.model
def test_a_reference_that_is_another_model_is_refused() -> None:
    """Rounding is let through; a nat is not."""
    import torch

    from audit.errors import StageFailed
    from train.watching import refuse_another_reference

    refuse_another_reference([0.0, 1e-4], 0.1, torch.float32)
    with pytest.raises(StageFailed, match="1 nats from its reference"):
        refuse_another_reference([0.0, 0.1], 0.1, torch.float32)


@pytest.mark.model
def test_one_process_takes_one_gpu() -> None:
    """The first, where the user has named none; several that are named are refused."""
    from train.devices import chosen_gpu

    assert chosen_gpu(None, 0) is None
    assert chosen_gpu("1", 1) is None
    assert chosen_gpu(None, 4) == "0"
    with pytest.raises(InputError, match="2,3 shows 2 GPUs"):
        chosen_gpu("2,3", 2)


@pytest.mark.model
def test_an_alarm_may_end_the_training(audit: Audit, tiny_config: Path, tmp_path: Path) -> None:
    """It ends as failed, says at which step and what helps, and leaves no adapter to be asked."""
    run = tmp_path / "run"
    run.mkdir()
    config = tiny_config.read_text().replace("learning_rate: 5e-3", "learning_rate: 1e3")
    (run / "config.yaml").write_text(config.replace("train:\n", "train:\n  on_alarm: stop\n"))
    result = audit("train", run)
    assert result.returncode == 5
    assert "train.on_alarm says, at step" in result.stderr
    assert "learning_rate" in result.stderr
    assert not (run / "train" / "adapter").exists()


@pytest.mark.model
def test_an_alarm_is_told_and_the_training_goes_on(
    audit: Audit, tiny_config: Path, tmp_path: Path
) -> None:
    """Whoever looks at the terminal reads it once."""
    run = tmp_path / "run"
    run.mkdir()
    config = tiny_config.read_text().replace("learning_rate: 5e-3", "learning_rate: 1e3")
    (run / "config.yaml").write_text(config)
    result = audit("train", run)
    assert result.returncode == 0, result.stderr
    said = result.stdout + result.stderr
    assert said.count("alarm at step") >= 1
    assert said.count("caution: a learning rate of 1000 is unusual") == 1
    shutil.rmtree(run)
