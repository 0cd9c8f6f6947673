"""Write the weights that `after` was asked with as a model of its own, which transformers loads."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors.torch import save_file

from audit.files.lines import read_json_object, write_json
from audit.files.whole_folder import put_in_place
from audit.run.arm import AFTER
from audit.run.directory import RunDirectory
from audit.run.identity import Identity
from audit.run.messages import Progress, Tell
from audit.run.model_folder import SAVE_AGAIN
from audit.run.stage_program import run_stage_program
from audit.run.weights import HEAD, read_weights
from probes.arms import OpenedArm, open_arm

if TYPE_CHECKING:
    from probes.adapters.merging import Tensors

INDEX = "model.safetensors.index.json"


def export_merged(run: RunDirectory, tell: Tell) -> None:
    """Write the merged weights beside the base's own settings and tokenizer, whole or not at all.

    They are in the precision in which the arm was asked, so that what is given away is what was
    audited; in float32 where adapters were asked beside the weights, since merging would round
    there.
    """
    arm = open_arm(run, AFTER)
    dtype = _asked_in(arm)

    def save(folder: Path) -> None:
        folder.mkdir(parents=True)
        for file in arm.model.telling_files():
            shutil.copyfile(file, folder / file.name)
        _write_weights(arm, folder, getattr(torch, dtype), tell)
        _write_settings(arm, folder, dtype)

    put_in_place(run.merged_model, save)


def _asked_in(arm: OpenedArm) -> str:
    identity = arm.record.identity
    if not isinstance(identity, Identity) or identity.adapters == "requested":
        return "float32"
    return identity.precision if identity.precision in ("float32", "bfloat16") else "float32"


def _write_weights(arm: OpenedArm, folder: Path, dtype: torch.dtype, tell: Tell) -> None:
    """Write the tensors into files of the same names as the base's, one file at a time."""
    weights = read_weights(arm.model)
    keep_head = not weights.tied or (arm.adapter is not None and arm.adapter.unties)
    places: dict[str, str] = {}
    size = 0
    for number, (file, tensors) in enumerate(_by_file(arm, keep_head=keep_head), start=1):
        written = {name: tensor.to(dtype).contiguous() for name, tensor in tensors.items()}
        save_file(written, folder / file, metadata={"format": "pt"})
        places |= dict.fromkeys(written, file)
        size += sum(tensor.nbytes for tensor in written.values())
        tell(Progress("writing merged weights", number, len(weights.files), "files"))
    if (folder / INDEX).exists():
        write_json(folder / INDEX, {"metadata": {"total_size": size}, "weight_map": places})


def _by_file(arm: OpenedArm, *, keep_head: bool) -> Iterator[tuple[str, dict[str, torch.Tensor]]]:
    """Yield the arm's tensors grouped by the base's file that they come from.

    A tied head comes after its embedding, and is left out unless the adapter made two of them.
    """
    from safetensors import safe_open

    weights = read_weights(arm.model)
    tensors: Tensors = arm.tensors()
    pending: dict[str, torch.Tensor] = {}
    left: set[str] = set()
    files = iter(weights.files)
    current = ""
    for name, tensor in tensors:
        if name == HEAD and weights.tied:
            if keep_head:
                pending[name] = tensor
            continue
        while name not in left:
            if current and pending:
                yield current, pending
            pending, file = {}, next(files)
            current = file.name
            with safe_open(file, framework="pt") as stored:
                left = set(stored.keys())
        pending[name] = tensor
    yield current, pending


def _write_settings(arm: OpenedArm, folder: Path, dtype: str) -> None:
    """Say in config.json how precise the weights are, and whether head and embedding differ."""
    settings = {**read_json_object(folder / "config.json", SAVE_AGAIN), "dtype": dtype}
    settings.pop("torch_dtype", None)
    if arm.adapter is not None and arm.adapter.unties:
        settings["tie_word_embeddings"] = False
    write_json(folder / "config.json", settings)


if __name__ == "__main__":
    run_stage_program(RunDirectory, export_merged)
