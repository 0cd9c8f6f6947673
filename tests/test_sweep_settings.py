"""Which sweeps are understood, and which are refused at their line before anything starts?"""

from pathlib import Path

import pytest
from conftest import Audit

from audit.errors import InputError
from audit.settings.sweep_points import load_grid


def _written(folder: Path, sweep: str) -> Path:
    path = folder / "sweep.yaml"
    path.write_text(f"model: {{path: m}}\npreferences: {{path: demo}}\nsweep: {sweep}\n")
    return path


def test_every_combination_is_a_run_with_a_name_that_says_what_is_set(tmp_path: Path) -> None:
    """Ranges are written out, lists and numbers stay what they are, and each run has no sweep."""
    sweep = "{train.beta: [0.05, 0.5], train.loss_type: [[sigmoid], [ipo]], train.seed: [0..2]}"
    grid = load_grid(_written(tmp_path, sweep), ["train.max_steps=7"])
    assert len(grid.points) == 12
    point = grid.points[4]
    assert point.name == "beta-0.05_loss_type-ipo_seed-1"
    assert point.settings == {"train.beta": 0.05, "train.loss_type": ["ipo"], "train.seed": 1}
    train = point.config.train
    assert (train.beta, train.loss_type, train.seed, train.max_steps) == (0.05, ["ipo"], 1, 7)
    assert point.config.sweep == {}


def test_names_differ_where_values_would_read_alike(tmp_path: Path) -> None:
    """Two lists whose words are the same have a digest each, which stays when values are added."""
    sweep = "{train.loss_type: [[sigmoid, sft], [sigmoid-sft]]}"
    path = _written(tmp_path, sweep.replace("[sigmoid-sft]", "[sft, sigmoid]"))
    first, second = load_grid(path).points
    assert first.name != second.name
    path = _written(tmp_path, "{preferences.limit: [8], train.lora.r: [4], train.seed: [1, 2]}")
    assert next(point.name for point in load_grid(path).points) == "limit-8_r-4_seed-1"


@pytest.mark.parametrize(
    ("sweep", "message"),
    [
        ("{generation.seed: [1]}", "a sweep varies the training"),
        ("{train.seed: 3}", "give a list of values"),
        ("{train.seed: []}", "at least 1 item"),
        ("{train.seed: [3..1]}", "no range"),
        ("{train.seed: [0..4000000000]}", "no range"),
        ("{train.seed: [1, 0..1]}", "stands there twice"),
        ("{train.seed: [0..99], train.beta: [1, 2, 3, 4, 5, 6]}", "600 runs"),
        ("{train.beta: [0.1, -1]}", '"train.beta" is -1'),
        ("{train.bta: [0.1]}", 'did you mean "beta"'),
        ("{}", '"sweep" is missing'),
    ],
)
def test_what_cannot_be_swept_is_refused(tmp_path: Path, sweep: str, message: str) -> None:
    """With the file, what is wrong, and what is meant."""
    path = _written(tmp_path, sweep)
    with pytest.raises(InputError) as refused:
        load_grid(path)
    assert message in str(refused.value)
    assert str(path) in str(refused.value)


def test_a_sweep_asks_every_run_all_probes(tmp_path: Path) -> None:
    """Runs that stopped at different probes could not stand beside each other."""
    path = _written(tmp_path, "{train.seed: [1, 2]}")
    with pytest.raises(InputError, match="answer other probes"):
        load_grid(path, ["generation.stop_when_decided=true"])


def test_a_sweep_is_no_single_run(audit: Audit, tmp_path: Path) -> None:
    """train-and-compare names the command that makes several."""
    path = _written(tmp_path, "{train.seed: [1, 2]}")
    refused = audit("train-and-compare", path, "--dry-run")
    assert refused.returncode == 2
    assert "audit sweep" in refused.stderr
