"""Which weights do a model's files hold, and which of them are one and the same?"""

from dataclasses import dataclass
from pathlib import Path

from audit.errors import InputError, Problem
from audit.files.lines import read_json_object
from audit.files.tensor_headers import read_tensor_headers
from audit.run.model_folder import ModelFolder

HEAD = "lm_head.weight"
HEADS = (HEAD, "embed_out.weight")
EMBEDDINGS = ("embed_tokens", "wte", "embed_in", "word_embeddings")
"""What the layer that turns tokens into vectors is called: Llama's kin, GPT-2, NeoX, BLOOM."""


@dataclass(frozen=True)
class Weights:
    """The tensors of a model's files by name.

    In a model with tied embeddings the output head is the embedding, whether or not the files
    hold it a second time; it is listed under its own name in either case.
    """

    files: tuple[Path, ...]
    shapes: dict[str, tuple[int, ...]]
    embedding: str | None
    """The embedding's name, where there is one and only one."""
    tied: bool


def read_weights(model: ModelFolder) -> Weights:
    """Read the names and shapes of a model's tensors from the heads of its files.

    Where an index names the model's files, others in the folder are no part of it.

    Raises:
        InputError: a file is missing or cut short, two files hold a tensor of one name, or the
            weights are quantized.
    """
    _refuse_quantized(model)
    index = _index(model)
    named = set(index.values())
    files = tuple(file for file in model.weight_files() if not named or file.name in named)
    shapes: dict[str, tuple[int, ...]] = {}
    for file in files:
        for name, header in read_tensor_headers(file).items():
            if name in shapes:
                fix = "remove the file that does not belong to the model"
                what = f"holds {name}, which another file of the folder holds too"
                raise InputError(Problem(str(file), what, fix))
            shapes[name] = header.shape
    _refuse_missing(model, index, shapes)
    embeddings = [name for name in shapes if _is_embedding(name)]
    embedding = embeddings[0] if len(embeddings) == 1 else None
    tied = embedding is not None and _is_tied(model, shapes)
    if tied and embedding:
        shapes[HEAD] = shapes[embedding]
    return Weights(files, shapes, embedding, tied)


def refuse_other_tensors(model: ModelFolder, expected: Weights) -> None:
    """Refuse a model whose tensors are not those of another by name and shape.

    Raises:
        InputError: a tensor is missing, has no place, or has another shape.
    """
    own = read_weights(model).shapes
    wrong = [
        *(f"lacks {name}" for name in sorted(expected.shapes.keys() - own.keys())),
        *(f"holds {name}" for name in sorted(own.keys() - expected.shapes.keys())),
        *(
            f"holds {name} as {shape}, not {expected.shapes[name]}"
            for name, shape in sorted(own.items())
            if shape != expected.shapes.get(name, shape)
        ),
    ]
    if wrong:
        more = (
            f", and {len(wrong) - 1} more tensors are not those" if wrong[1:] else ", which is not"
        )
        what = f"{wrong[0]}{more} of the model that it is held against"
        fix = "save it again with save_pretrained(), unwrapped and whole"
        raise InputError(Problem(str(model.folder), what, fix))


def _refuse_quantized(model: ModelFolder) -> None:
    stated = model.settings().get("quantization_config")
    if stated:
        method = stated.get("quant_method") if isinstance(stated, dict) else None
        what = f"is quantized ({method or 'quantization_config'}): no adapter can be added to its "
        what += "stored numbers, nor can they be exchanged in place"
        fix = "audit the model in bfloat16 or float32"
        raise InputError(Problem(str(model.folder / "config.json"), what, fix))


def _index(model: ModelFolder) -> dict[str, str]:
    """Return which file should hold which tensor; nothing where the folder has no such index."""
    index = model.folder / "model.safetensors.index.json"
    if not index.is_file():
        return {}
    stated = read_json_object(index, "copy the model again").get("weight_map")
    if not isinstance(stated, dict) or not all(map(_is_file_name, stated.values())):
        what = "is no index of weights: it must name a file of this folder for each tensor"
        raise InputError(Problem(str(index), what, "copy the model again"))
    return stated


def _is_file_name(stated: object) -> bool:
    """Say whether it names a file beside the index, so that no index leads anywhere else."""
    return isinstance(stated, str) and Path(stated).name == stated


def _refuse_missing(
    model: ModelFolder, index: dict[str, str], shapes: dict[str, tuple[int, ...]]
) -> None:
    """Refuse files that do not hold all that their index names."""
    missing = sorted(index.keys() - shapes.keys())
    if missing:
        what = f"lacks {missing[0]}, which its index names ({len(missing)} such tensors)"
        raise InputError(Problem(str(model.folder), what, "copy the missing files of the model"))


def _is_embedding(name: str) -> bool:
    module, _, last = name.rpartition(".")
    return last == "weight" and module.rpartition(".")[2] in EMBEDDINGS


def _is_tied(model: ModelFolder, shapes: dict[str, tuple[int, ...]]) -> bool:
    said = model.settings().get("tie_word_embeddings")
    has_head = any(name in HEADS for name in shapes)
    return bool(said) if said is not None and has_head else not has_head
