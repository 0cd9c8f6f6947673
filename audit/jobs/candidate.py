"""What is the model that a check is about: a model folder, an adapter, or a finished run's arm?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.errors import InputError, Problem
from audit.files import digests
from audit.files.lines import refuse
from audit.run.directory import RunDirectory
from audit.run.model_folder import ModelFolder, find_model
from audit.settings.model import ModelConfig

ADAPTER = "adapter_model.safetensors"
SHAPE = (
    "architectures",
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "vocab_size",
    "tie_word_embeddings",
)


@dataclass(frozen=True)
class Subject:
    """One side of a check: where its weights are, and the run that has asked it, if one has."""

    name: str
    sha256: str
    """Of what makes it itself: its weight files."""
    model: dict[str, Any]
    adapter: str | None
    step: int | None
    asked_in: RunDirectory | None
    arm: str | None

    def record(self) -> dict[str, Any]:
        """Return what the manifest says of it."""
        return {"model": self.model, "adapter": self.adapter, "step": self.step}


def subject_of_run(run: RunDirectory, arm: str) -> Subject:
    """Return an arm of a finished run.

    Raises:
        InputError: the run is still being written, has no such arm, or was imported.
    """
    manifest = run.read_manifest()
    problems = []
    if arm not in manifest.get("arms", {}):
        there = ", ".join(manifest.get("arms", {})) or "none yet"
        problems.append(Problem(str(run.root), f'has no arm "{arm}"', f"its arms: {there}"))
    elif "import" not in manifest["done"] and arm not in run.arms_asked():
        fix = "wait for it, or continue it with --resume"
        problems.append(Problem(str(run.root), f'the arm "{arm}" is still being asked', fix))
    refuse(problems)
    if manifest["model"] is None:
        sha256 = digests.of_files([run.responses(arm)])
        return Subject(f"{run.root}#{arm}", sha256, {}, None, None, run, arm)
    subjects = manifest.get("subjects", {})
    if arm in subjects:
        model, adapter = subjects[arm]["model"], subjects[arm]["adapter"]
    else:
        model, adapter = manifest["model"], _adapter_of_arm(run, arm)
    step = manifest["arms"][arm]["step"]
    sha256 = _digest(model, adapter)
    return Subject(f"{run.root}#{arm}", sha256, model, adapter, step, run, arm)


def subject_of_folder(folder: Path, base: dict[str, Any]) -> Subject:
    """Return a checkpoint: an adapter of the baseline's base model, or a whole model.

    Raises:
        InputError: the folder holds neither, or a model of another architecture.
    """
    resolved = folder.expanduser().resolve()
    if (resolved / ADAPTER).is_file():
        return Subject(
            str(folder), _digest(base, str(resolved)), base, str(resolved), None, None, None
        )
    model = find_model(ModelConfig(path=str(resolved)))
    record = model.record()
    _refuse_another_shape(folder, model.settings(), base)
    return Subject(str(folder), _digest(record, None), record, None, None, None, None)


def is_candidate(folder: Path) -> bool:
    """Say whether the folder holds an adapter or a model."""
    return folder.is_dir() and ((folder / ADAPTER).is_file() or (folder / "config.json").is_file())


def _adapter_of_arm(run: RunDirectory, arm: str) -> str | None:
    if arm == "before":
        return None
    if arm == "after":
        return str(run.adapter.resolve())
    step = run.read_manifest()["arms"][arm]["step"]
    return str(run.checkpoints()[step].resolve())


def _digest(model: dict[str, Any], adapter: str | None) -> str:
    of_adapter = digests.of_files([Path(adapter) / ADAPTER]) if adapter else None
    return digests.of_json([model["weights_sha256"], of_adapter])


def _refuse_another_shape(folder: Path, settings: dict[str, Any], base: dict[str, Any]) -> None:
    expected = ModelFolder.of_record(base).settings()
    differing = [key for key in SHAPE if settings.get(key) != expected.get(key)]
    if differing:
        what = f"is another architecture than the baseline ({', '.join(differing)})"
        fix = "ask it in a run of its own, and bring both together with `audit import`"
        raise InputError(Problem(str(folder), what, fix))
