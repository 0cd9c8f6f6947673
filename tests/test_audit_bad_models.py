"""Is a model that cannot be loaded refused before anything starts, at its place?"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from fault_material import TEMPLATE, make_inputs

from audit.commands.main import main
from audit.files.lines import read_json


def _change(name: str, **values: object) -> Callable[[Path], object]:
    """Return what sets values of a JSON file of the model."""

    def change(model: Path) -> None:
        held = read_json(model / name, "")
        (model / name).write_text(json.dumps({**held, **values}))

    return change


def _bytes(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda model: (model / name).write_bytes(content)


WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
HEADER = b'{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,99]}}'
BROKEN: dict[str, tuple[str, Callable[[Path], object]]] = {
    "empty weights": (WEIGHTS, _bytes(WEIGHTS, b"")),
    "a header of all memory": (WEIGHTS, _bytes(WEIGHTS, b"\xff" * 8 + b"{}")),
    "a header that points outside": (
        WEIGHTS,
        _bytes(WEIGHTS, len(HEADER).to_bytes(8, "little") + HEADER + b"\0" * 16),
    ),
    "a page instead of weights": (WEIGHTS, _bytes(WEIGHTS, b"<!doctype html><title>404")),
    "an index that leads out": (INDEX, _change(INDEX, weight_map={"a": "../../secret"})),
    "an index of numbers": (INDEX, _change(INDEX, weight_map={"a": 3})),
    "an index that is a list": (INDEX, _bytes(INDEX, b"[]")),
    "a deep index": (INDEX, _bytes(INDEX, b"[" * 100_000)),
    "an unknown kind": ("config.json", _change("config.json", model_type="perceptron")),
    "no kind": ("config.json", _change("config.json", model_type=None)),
    "a deep configuration": ("config.json", _bytes("config.json", b"[" * 100_000)),
    "a template that is a number": (
        "tokenizer_config.json",
        _change("tokenizer_config.json", chat_template=3),
    ),
    "templates without text": (
        "tokenizer_config.json",
        _change("tokenizer_config.json", chat_template=[{"name": "default"}]),
    ),
    "a template that does not end": (
        "chat_template.jinja",
        _bytes("chat_template.jinja", b"{% for x in messages %}"),
    ),
    "a template that is no text": ("chat_template.jinja", _bytes("chat_template.jinja", b"\xff")),
    "a tokenizer that is a list": ("tokenizer.json", _bytes("tokenizer.json", b"[]")),
    "a tokenizer that is nothing": ("tokenizer.json", _bytes("tokenizer.json", b"{}")),
    "settings that are a list": (
        "tokenizer_config.json",
        _bytes("tokenizer_config.json", b"[1]"),
    ),
}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a model, pairs, probes and a configuration."""
    return make_inputs(tmp_path_factory.mktemp("inputs") / "m")


@pytest.mark.parametrize("dry", [True, False], ids=["dry run", "start"])
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_model_is_refused(inputs: Path, tmp_path: Path, name: str, dry: bool) -> None:  # noqa: FBT001
    """With exit code 2, its file named, and no run begun."""
    folder = Path(shutil.copytree(inputs, tmp_path / "m"))
    file, change = BROKEN[name]
    change(folder / "model")
    words = ["train-and-compare", str(folder / "config.yaml"), "--out", str(tmp_path / "run")]
    result = CliRunner().invoke(main, [*words, *(["--dry-run"] if dry else [])])
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 2, result.output
    assert f"model/{file}" in result.stderr
    assert not (tmp_path / "run").exists()


def test_a_whole_model_is_not(inputs: Path) -> None:
    """The same configuration with the model as it was, and with a template of several parts."""
    words = ["train-and-compare", str(inputs / "config.yaml"), "--dry-run"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    template = "{% generation %}{{ messages }}{% break %}{% endgeneration %}"
    several = [
        {"name": "default", "template": TEMPLATE},
        {"name": "tool_use", "template": template},
    ]
    _change("tokenizer_config.json", chat_template=several)(inputs / "model")
    assert CliRunner().invoke(main, words).exit_code == 0
