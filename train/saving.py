"""How do trained weights come to their place in the run, whole or not at all?"""

import shutil
from pathlib import Path
from typing import Any

from audit.files.whole_folder import put_in_place
from audit.run.model_folder import ADAPTER_FILES
from train import ranks

TRAINED, COPIED = "default", "ref"
"""PEFT's name of the adapter that is trained, and TRL's of its copy, the reference."""
TELLING = (".json", ".jinja", ".txt", ".model", ".tiktoken")
"""Endings of the files that say what a model is and how its texts are read."""


def save_trained(trainer: Any, place: Path, base: Path) -> None:
    """Save an adapter, or a whole model beside the base's own settings and tokenizer.

    Weights that are divided among processes are gathered first, in which all of them take part.
    """
    model = trainer.model
    gathered = place.with_name(f"{place.name}.gathered")
    is_divided = trainer.is_fsdp_enabled or trainer.is_deepspeed_enabled
    if is_divided:
        trainer.save_model(str(gathered))
    if not ranks.is_first():
        return

    def save(folder: Path) -> None:
        trained = {"selected_adapters": [TRAINED]} if hasattr(model, "peft_config") else {}
        if is_divided:
            drop_copy(gathered)
            gathered.rename(folder)
        else:
            model.save_pretrained(folder, safe_serialization=True, **trained)
        if not (folder / ADAPTER_FILES[0]).exists():
            take_settings(base, folder)

    put_in_place(place, save)


def take_from_checkpoint(checkpoint: Path, place: Path, base: Path) -> None:
    """Copy the weights of a checkpoint, without the trainer's own state."""

    def save(folder: Path) -> None:
        folder.mkdir()
        whole = not (checkpoint / ADAPTER_FILES[0]).exists()
        weights = [*checkpoint.glob("*.safetensors"), *checkpoint.glob("*.safetensors.index.json")]
        for file in weights if whole else [checkpoint / name for name in ADAPTER_FILES]:
            shutil.copyfile(file, folder / file.name)
        if whole:
            take_settings(base, folder)

    put_in_place(place, save)


def drop_copy(checkpoint: Path) -> None:
    """Remove the reference's copy of a starting adapter from a checkpoint.

    transformers would load the copy, and not the trained adapter, when training is resumed.
    """
    shutil.rmtree(checkpoint / COPIED, ignore_errors=True)


def take_settings(base: Path, folder: Path) -> None:
    """Give a whole model the base's own settings, tokenizer and chat template.

    The trainer changes them for its own use, as the padding token, and an arm that is asked under
    other settings than the base would answer otherwise for another reason than its training.
    """
    for file in base.iterdir():
        is_weights = ".safetensors" in file.name or ".bin" in file.name
        if file.is_file() and file.suffix in TELLING and not is_weights:
            shutil.copyfile(file, folder / file.name)
