"""Does an engine that answers with other weights than it was given stop the run?"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from adapter_zoo import change_tensors, save_adapter, save_model
from opened_arms import opened
from safetensors.torch import load_file, save_file

from audit.errors import InputError, StageFailed
from audit.run.model_folder import ModelFolder
from audit.run.weights import HEAD, read_weights, refuse_other_tensors
from probes.arms import OpenedArm
from probes.canaries import SEEN, TOLERANCES, Canaries, canary_texts
from probes.engines.reference import expected_log_probabilities
from probes.engines.transformers_engine import TransformersEngine
from probes.identity import refuse_other_configs


@pytest.fixture(scope="module")
def folders(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Save a full fine-tune and an adapter of the tiny model, whose embeddings are tied."""
    folder = tmp_path_factory.mktemp("swaps")
    full = Path(shutil.copytree(tiny_model, folder / "full"))
    change_weights(full, lambda tensors: {k: v * 1.1 for k, v in tensors.items()})
    return {"full": full, "adapter": save_adapter(tiny_model, folder / "adapter")}


class Deaf(TransformersEngine):
    """An engine whose swaps do nothing."""

    def become(self, arm: OpenedArm) -> None:
        """Stay what it is."""


class StaleHead(TransformersEngine):
    """An engine that keeps the first output head, as vLLM's CPU build keeps its packed one."""

    def become(self, arm: OpenedArm) -> None:
        """Take on all but the head."""
        head = self._model.lm_head.weight.detach().clone()
        super().become(arm)
        self._model.lm_head.weight = torch.nn.Parameter(head)


class Forgetful(TransformersEngine):
    """An engine that does not come back to the first arm's weights."""

    became = 0

    def become(self, arm: OpenedArm) -> None:
        """Take on no weights the third time."""
        self.became += 1
        if self.became < 3:
            super().become(arm)


def begun(
    kind: type[TransformersEngine], arms: list[OpenedArm]
) -> tuple[TransformersEngine, Canaries]:
    """Load an engine of the kind with the first arm's model."""
    model = arms[0].model
    texts = canary_texts(model.folder)
    engine = kind(model.folder, "float32")
    return engine, Canaries(engine, texts, expected_log_probabilities(arms, texts))


def test_right_swaps_are_proven(tiny_model: Path, folders: dict[str, Path]) -> None:
    """Base, full fine-tune, adapter and the base again: each is what its weights say."""
    arms = [
        opened("before", tiny_model),
        opened("full", folders["full"]),
        opened("after", tiny_model, folders["adapter"]),
    ]
    engine, canaries = begun(TransformersEngine, arms)
    proofs = []
    for arm in arms:
        engine.become(arm)
        proofs.append(canaries.prove(arm))
    engine.become(arms[0])
    assert canaries.prove_back_again(arms[0]) < 1e-5
    assert all(proof.largest_difference < 1e-4 < proof.tolerance for proof in proofs)
    assert proofs[0].moved is None
    for proof in proofs[1:]:
        assert proof.moved is not None
        assert proof.moved == pytest.approx(proof.expected_move, abs=1e-4)
        assert proof.moved > 1e-2


@pytest.mark.parametrize("kind", [Deaf, StaleHead])
def test_weights_that_are_not_taken_on_stop_the_run(
    kind: type[TransformersEngine], tiny_model: Path, folders: dict[str, Path]
) -> None:
    """The arm is named."""
    arms = [opened("before", tiny_model), opened("full", folders["full"])]
    engine, canaries = begun(kind, arms)
    engine.become(arms[0])
    canaries.prove(arms[0])
    engine.become(arms[1])
    with pytest.raises(StageFailed, match='weights of "full"'):
        canaries.prove(arms[1])


def test_a_small_change_that_is_not_taken_on_stops_the_run(
    tiny_model: Path, folders: dict[str, Path], tmp_path: Path
) -> None:
    """It lies within the tolerance; that nothing moved at all tells."""
    small = Path(shutil.copytree(folders["adapter"], tmp_path / "small"))
    change_tensors(small, lambda t: {k: v * 1e-3 if "lora_B" in k else v for k, v in t.items()})
    arms = [opened("before", tiny_model), opened("after", tiny_model, small)]
    engine, canaries = begun(Deaf, arms)
    canaries.prove(arms[0])
    with pytest.raises(StageFailed, match="its answers are"):
        canaries.prove(arms[1])
    engine, canaries = begun(TransformersEngine, arms)
    canaries.prove(arms[0])
    engine.become(arms[1])
    proof = canaries.prove(arms[1])
    assert proof.expected_move is not None
    assert TOLERANCES["float32"] * SEEN < proof.expected_move < TOLERANCES["float32"]


def test_weights_left_behind_stop_the_run(tiny_model: Path, folders: dict[str, Path]) -> None:
    """The first arm, taken on once more at the end, must state what it stated at first."""
    arms = [opened("before", tiny_model), opened("after", tiny_model, folders["adapter"])]
    engine, canaries = begun(Forgetful, arms)
    for arm in arms:
        engine.become(arm)
        canaries.prove(arm)
    engine.become(arms[0])
    with pytest.raises(StageFailed, match='"before": taken on once more'):
        canaries.prove_back_again(arms[0])


WRONG: dict[str, tuple[Callable[[dict[str, Any]], dict[str, Any]], str]] = {
    "not a number": (
        lambda t: {k: v / 0 if "norm" in k else v for k, v in t.items()},
        "not finite",
    ),
    "compiled": (lambda t: {f"_orig_mod.{k}": v for k, v in t.items()}, "is missing"),
    "a part": (lambda t: {k: v for k, v in t.items() if "layers.1" not in k}, "layers.1.*missing"),
    "another head": (lambda t: {**t, HEAD: t["model.embed_tokens.weight"] * 2}, "config.json ties"),
}


@pytest.mark.parametrize("case", WRONG)
def test_broken_models_are_refused_before_the_engine(
    case: str, tiny_model: Path, tmp_path: Path
) -> None:
    """What a model cannot be is told from its files, as the user's input."""
    change, named = WRONG[case]
    other = Path(shutil.copytree(tiny_model, tmp_path / "other"))
    change_weights(other, change)
    arms = [opened("before", tiny_model), opened("after", other)]
    with pytest.raises(InputError, match=named):
        expected_log_probabilities(arms, canary_texts(tiny_model))


@pytest.mark.parametrize("case", ["compiled", "a part"])
def test_other_names_are_refused(case: str, tiny_model: Path, tmp_path: Path) -> None:
    """A model is held against the base by the names of its tensors, before anything is loaded."""
    other = Path(shutil.copytree(tiny_model, tmp_path / "other"))
    change_weights(other, WRONG[case][0])
    base = read_weights(ModelFolder(tiny_model, "base", None))
    with pytest.raises(InputError, match=r"lacks model.*more tensors"):
        refuse_other_tensors(ModelFolder(other, "other", None), base)


def test_a_repeated_head_is_the_same_model(
    tiny_model: Path, folders: dict[str, Path], tmp_path: Path
) -> None:
    """A tied model's file may hold the head too; the arms after it are none the worse."""
    other = Path(shutil.copytree(tiny_model, tmp_path / "other"))
    change_weights(other, lambda t: {**t, HEAD: t["model.embed_tokens.weight"].clone()})
    arms = [opened("before", other), opened("full", folders["full"])]
    engine, canaries = begun(TransformersEngine, arms)
    for arm in [*arms, arms[0]]:
        engine.become(arm)
        assert canaries.prove(arm).largest_difference < 1e-4


def test_a_missing_shard_is_refused(tmp_path: Path) -> None:
    """The index names what no file holds."""
    folder = save_model(tmp_path / "model", "untied")
    names = [*load_file(folder / "model.safetensors"), "model.layers.9.mlp.up_proj.weight"]
    index = {"weight_map": dict.fromkeys(names, "model.safetensors")}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(InputError, match=r"lacks model\.layers\.9"):
        read_weights(ModelFolder(folder, "model", None))


def test_a_file_that_the_index_does_not_name_is_no_part(tmp_path: Path) -> None:
    """Some models come with a second copy in another layout; without an index it is refused."""
    folder = save_model(tmp_path / "model", "untied")
    tensors = load_file(folder / "model.safetensors")
    save_file(tensors, folder / "consolidated.safetensors")
    with pytest.raises(InputError, match="another file of the folder holds too"):
        read_weights(ModelFolder(folder, "model", None))
    index = {"weight_map": dict.fromkeys(tensors, "model.safetensors")}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    found = read_weights(ModelFolder(folder, "model", None))
    assert [file.name for file in found.files] == ["model.safetensors"]


def test_a_quantized_model_is_refused(tmp_path: Path) -> None:
    """Its stored numbers are no weights that an adapter could be added to."""
    folder = save_model(tmp_path / "model", "untied")
    adapter = save_adapter(folder, tmp_path / "adapter")
    path = folder / "config.json"
    stated = {**json.loads(path.read_text()), "quantization_config": {"quant_method": "gptq"}}
    path.write_text(json.dumps(stated))
    with pytest.raises(InputError, match=r"quantized \(gptq\)"):
        opened("after", folder, adapter)


@pytest.mark.parametrize(
    ("file", "settings", "named"),
    [
        ("config.json", {"rms_norm_eps": 0.1}, "rms_norm_eps"),
        ("config.json", {"rope_parameters": {"rope_type": "default", "rope_theta": 7.0}}, "rope"),
        ("config.json", {"hidden_act": "gelu"}, "hidden_act"),
        ("generation_config.json", {"eos_token_id": [2, 5]}, "end of answers"),
    ],
)
def test_another_configuration_is_refused_by_its_field(
    file: str, settings: dict[str, Any], named: str, tiny_model: Path, tmp_path: Path
) -> None:
    """The same weights under other settings are another model."""
    other = Path(shutil.copytree(tiny_model, tmp_path / "other"))
    stated = json.loads((other / file).read_text())
    (other / file).write_text(json.dumps({**stated, **settings}))
    arms = [opened("before", tiny_model), opened("after", other)]
    with pytest.raises(InputError, match=named):
        refuse_other_configs(arms, arms[0].model)


def change_weights(folder: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Write other tensors into a model's file."""
    path = folder / "model.safetensors"
    tensors = {name: tensor.clone() for name, tensor in load_file(path).items()}
    save_file(change(tensors), path, metadata={"format": "pt"})
