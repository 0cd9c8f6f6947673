"""Would a model that is not what it claims to be be noticed here, by this engine and these files?

Both controls go the way of any check: the stage programs, the engine and the canaries of this
machine, with a handful of the baseline's probes.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
from safetensors.numpy import save_file

from audit import __version__
from audit.errors import InputError, StageFailed
from audit.files.lines import write_atomically, write_records
from audit.jobs import stages
from audit.jobs.candidate import Subject
from audit.run.arm import AFTER, BEFORE, AdapterWeights, BaseWeights, ModelFiles, Source, new_arm
from audit.run.directory import RunDirectory
from audit.run.manifest import new_manifest
from audit.run.messages import Tell
from audit.run.model_folder import ModelFolder
from audit.run.seals import probes_digest
from audit.run.weights import HEADS, read_weights
from audit.settings.yaml_file import dump, load_run_config
from probes.adapters.adapter import adapter_digest
from probes.sets.library import read_probes
from reports.results.comparison import read_comparison

if TYPE_CHECKING:
    from audit.records import Probe

NOBODYS_SHA256 = "0" * 64
MATRIX = 2
"""Dimensions of a weight that LoRA can stand beside."""


def control_weights(baseline: Subject, tell: Tell, *, trust_endpoints: bool) -> dict[str, str]:
    """Ask a base whose weights were swapped, and an adapter that changes nothing.

    Returns, for each control, a sentence that begins with passed, failed or "not possible".
    """
    asked, model = baseline.asked_in, baseline.model
    if asked is None or model is None:
        what = "not possible: the baseline has no weights here"
        return {"swapped base": what, "dead adapter": what}
    with TemporaryDirectory() as folder:
        return {
            "swapped base": _swapped_base(Path(folder) / "swapped", asked, model, tell),
            "dead adapter": _dead_adapter(
                Path(folder) / "dead", asked, model, tell, trust_endpoints=trust_endpoints
            ),
        }


def _swapped_base(root: Path, asked: RunDirectory, model: ModelFiles, tell: Tell) -> str:
    """Claim the weights of another model, and say whether they are refused before any answer."""
    claimed = model.model_copy(update={"weights_sha256": NOBODYS_SHA256})
    run = _begin(root, asked, claimed, BaseWeights(kind="base", model=claimed))
    try:
        stages.generate(run, tell)
    except InputError as refused:
        said = str(refused)
        if model.folder in said and not run.responses(BEFORE).exists():
            return (
                "passed: other weights under the base's path are refused before anything is asked"
            )
        return f"failed: asking was refused for another reason: {said}"
    except StageFailed as broken:
        return f"failed: {broken}"
    return "failed: other weights under the base's path were asked"


def _dead_adapter(
    root: Path, asked: RunDirectory, model: ModelFiles, tell: Tell, *, trust_endpoints: bool
) -> str:
    """Ask an adapter of zeros, and say whether every axis is held back for that reason."""
    adapter = root.with_name("adapter")
    if not _write_zeros(adapter, model):
        return "not possible: the model has no linear layer that an adapter could stand beside"
    source = AdapterWeights(
        kind="adapter", model=model, folder=str(adapter), sha256=adapter_digest(adapter)
    )
    run = _begin(root, asked, model, source)
    try:
        stages.generate(run, tell)
        stages.score(run, tell, trust_endpoints=trust_endpoints)
        stages.compare(run)
    except (InputError, StageFailed) as broken:
        return f"failed: {broken}"
    axes = read_comparison(run).axes
    unnoticed = [
        name for name, row in axes.items() if "same model" not in {g.name for g in row.guards}
    ]
    if unnoticed:
        return f"failed: {', '.join(unnoticed)} does not say that nothing was changed"
    return "passed: an adapter that changes nothing is inconclusive, and said to be"


def _begin(root: Path, asked: RunDirectory, model: ModelFiles, after: Source) -> RunDirectory:
    """Make a run that holds a model against its base, with one probe of each kind."""
    run = RunDirectory(root)
    root.mkdir()
    write_atomically(run.config, dump(load_run_config(asked.config)))
    by_kind: dict[str, Probe] = {}
    for probe in read_probes(asked.probes):
        by_kind.setdefault(probe.kind, probe)
    write_records(run.probes, list(by_kind.values()))
    arms = [
        new_arm(BEFORE, BaseWeights(kind="base", model=model), step=None, run=None),
        new_arm(AFTER, after, step=None, run=None),
    ]
    run.write_manifest(new_manifest("check", __version__, None, model, arms, probes_digest(run)))
    return run


def _write_zeros(folder: Path, model: ModelFiles) -> bool:
    """Write an adapter whose product is zero, as LoRA is before its first step."""
    weights = read_weights(ModelFolder.of(model))
    ends = {*HEADS, weights.embedding}
    layers = [
        (name.removesuffix(".weight"), shape)
        for name, shape in sorted(weights.shapes.items())
        if name.endswith(".weight") and len(shape) == MATRIX and name not in ends
    ]
    if not layers:
        return False
    name, (outputs, inputs) = layers[0]
    settings = {"peft_type": "LORA", "r": 1, "lora_alpha": 1, "target_modules": [name]}
    folder.mkdir()
    write_atomically(folder / "adapter_config.json", json.dumps(settings))
    save_file(
        {
            f"base_model.model.{name}.lora_A.weight": np.ones((1, inputs), dtype=np.float32),
            f"base_model.model.{name}.lora_B.weight": np.zeros((outputs, 1), dtype=np.float32),
        },
        folder / "adapter_model.safetensors",
    )
    return True
