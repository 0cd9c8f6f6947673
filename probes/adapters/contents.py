"""What is each tensor of an adapter's file, and is there a place for it in the model?"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from audit.errors import Problem
from audit.files.tensor_headers import TensorHeader, read_tensor_headers
from audit.run.weights import HEAD, Weights
from probes.adapters.settings import LoraSettings
from probes.adapters.targets import is_saved_whole, is_target

FILE = "adapter_model.safetensors"
PREFIX = "base_model.model."
FLOATS = ("F64", "F32", "F16", "BF16")
KINDS = {
    "down": r"(.+)\.lora_A(?:\.default)?\.weight",
    "up": r"(.+)\.lora_B(?:\.default)?\.weight",
    "bias": r"(.+)\.lora_B(?:\.default)?\.bias",
    "embedding_down": r"(.+)\.lora_embedding_A(?:\.default)?",
    "embedding_up": r"(.+)\.lora_embedding_B(?:\.default)?",
    "magnitude": r"(.+)\.lora_magnitude_vector(?:(?:\.default)?\.weight)?",
    "rows": r"(.+)\.token_adapter\.trainable_tokens_delta",
}
"""How peft names the parts of a module's change, with or without its own name for an adapter."""


@dataclass(frozen=True)
class Contents:
    """An adapter file's tensors, each by what it is for. Values are names of the file."""

    file: Path
    headers: dict[str, TensorHeader]
    parts: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    """By module, then by kind."""
    saved: dict[str, str] = field(default_factory=dict)
    """Tensors of the model that are trained and saved whole."""
    beside: dict[str, str] = field(default_factory=dict)
    """Tensors of the model that are saved beside, as embeddings and biases are."""
    problems: list[Problem] = field(default_factory=list)

    def replacing(self, settings: LoraSettings, weights: Weights) -> dict[str, str]:
        """Return which tensor of the model is replaced by which of the file.

        What is saved beside a tied model is loaded into the one tensor that is embedding and head,
        and so is what is saved whole where the configuration keeps both tied.
        """
        tied_whole = settings.ensure_weight_tying
        beside = self._for_both(self.beside, weights)
        saved = self._for_both(self.saved, weights) if tied_whole else self.saved
        return {**beside, **saved}

    def same(self, settings: LoraSettings, weights: Weights) -> tuple[str, str] | None:
        """Return the two tensors of the file that are one in the model, if it holds two."""
        whole = self.saved if settings.ensure_weight_tying else {}
        together = {**self.beside, **whole}
        if weights.tied and weights.embedding in together and HEAD in together:
            return together[weights.embedding], together[HEAD]
        return None

    def _for_both(self, tensors: dict[str, str], weights: Weights) -> dict[str, str]:
        embedding = weights.embedding
        shared = tensors.get(embedding or "") or tensors.get(HEAD)
        if not (weights.tied and embedding and shared):
            return tensors
        return {**tensors, embedding: shared, HEAD: shared}

    def refuse(self, name: str, what: str, fix: str = "save the adapter again with peft") -> None:
        """Note what is wrong with a tensor."""
        self.problems.append(Problem(str(self.file), f"{name} {what}", fix))


def read_contents(folder: Path, settings: LoraSettings, weights: Weights) -> Contents:
    """Find out what each tensor of an adapter's file is, noting as problems those without a place.

    Raises:
        InputError: the file is missing or cut short.
    """
    contents = Contents(folder / FILE, read_tensor_headers(folder / FILE))
    for name, header in sorted(contents.headers.items()):
        if header.dtype not in FLOATS:
            contents.refuse(name, f"holds numbers of the kind {header.dtype}")
        elif not name.startswith(PREFIX):
            contents.refuse(name, f'does not begin with "{PREFIX}", so peft passes it over')
        else:
            _sort_in(contents, name, settings, weights)
    _look_for_missing(contents, settings, weights)
    return contents


def _sort_in(contents: Contents, name: str, settings: LoraSettings, weights: Weights) -> None:
    inside = name.removeprefix(PREFIX)
    for kind, pattern in KINDS.items():
        match = re.fullmatch(pattern, inside)
        if match:
            _add_part(contents, match[1], kind, name, settings, weights)
            return
    stored = inside.replace(".base_layer.", ".")
    module = stored.rpartition(".")[0]
    if stored not in weights.shapes:
        contents.refuse(name, "is no part of an adapter that is known here, nor of the model")
    elif weights.shapes[stored] != contents.headers[name].shape:
        there, here = weights.shapes[stored], contents.headers[name].shape
        fix = "resize the model's vocabulary and merge with peft, and audit that"
        contents.refuse(name, f"has the shape {here}, and the model's has {there}", fix)
    elif is_saved_whole(settings, module) and stored == inside:
        contents.saved[stored] = name
    elif _is_trained(settings, module, weights) == (stored != inside):
        contents.beside[stored] = name
    else:
        contents.refuse(name, "is named in a way that peft passes over")


def _add_part(
    contents: Contents,
    module: str,
    kind: str,
    name: str,
    settings: LoraSettings,
    weights: Weights,
) -> None:
    weight = f"{module}.weight"
    trained = kind == "rows" or _is_trained(settings, module, weights)
    if weight not in weights.shapes:
        fix = "give the model that it was trained on"
        contents.refuse(name, f"changes {weight}, which the model does not have", fix)
    elif not trained:
        contents.refuse(name, "is of a module that target_modules does not name")
    elif kind in contents.parts[module]:
        contents.refuse(name, f"is there twice, as {contents.parts[module][kind]} too")
    else:
        contents.parts[module][kind] = name


def _is_trained(settings: LoraSettings, module: str, weights: Weights) -> bool:
    """Say whether LoRA is applied to a module: by its name, or since it is kept tied to one."""
    if is_target(settings, module):
        return True
    tied = weights.tied and settings.ensure_weight_tying and f"{module}.weight" == HEAD
    return tied and is_target(settings, (weights.embedding or "").removesuffix(".weight"))


def _look_for_missing(contents: Contents, settings: LoraSettings, weights: Weights) -> None:
    """Note modules that the configuration speaks of and the file holds nothing of.

    Single experts are left out, which the file of a model names and the model itself does not,
    and so is "all-linear", which does not tell what is linear.
    """
    for weight, shape in weights.shapes.items():
        module, _, last = weight.rpartition(".")
        if is_saved_whole(settings, module) and weight not in contents.saved:
            contents.refuse(PREFIX + weight, 'is missing, and "modules_to_save" names it')
        is_matrix = last == "weight" and len(shape) == 2 and ".experts." not in module  # noqa: PLR2004
        named = is_matrix and settings.target_modules != "all-linear"
        if named and module not in contents.parts and _is_trained(settings, module, weights):
            contents.refuse(PREFIX + module, 'has no tensors, and "target_modules" names it')
        if last == "bias" and weight not in contents.beside and _trains_bias(settings, module):
            contents.refuse(PREFIX + weight, 'is missing, and "bias" asks for it')


def _trains_bias(settings: LoraSettings, module: str) -> bool:
    return settings.bias == "all" or (settings.bias == "lora_only" and is_target(settings, module))
