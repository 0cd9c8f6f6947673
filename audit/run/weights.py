"""Which weights do a model's files hold, and which of them are one and the same?"""

from dataclasses import dataclass
from pathlib import Path

from audit.errors import InputError, Problem
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

    Raises:
        InputError: a file is cut short, or two files hold a tensor of one name.
    """
    files = tuple(model.weight_files())
    shapes: dict[str, tuple[int, ...]] = {}
    for file in files:
        for name, header in read_tensor_headers(file).items():
            if name in shapes:
                fix = "remove the file that does not belong to the model"
                what = f"holds {name}, which another file of the folder holds too"
                raise InputError(Problem(str(file), what, fix))
            shapes[name] = header.shape
    found = [name for name in shapes if _is_embedding(name)]
    embedding = found[0] if len(found) == 1 else None
    tied = embedding is not None and _is_tied(model, shapes)
    if tied and embedding:
        shapes[HEAD] = shapes[embedding]
    return Weights(files, shapes, embedding, tied)


def _is_embedding(name: str) -> bool:
    module, _, last = name.rpartition(".")
    return last == "weight" and module.rpartition(".")[2] in EMBEDDINGS


def _is_tied(model: ModelFolder, shapes: dict[str, tuple[int, ...]]) -> bool:
    said = model.settings().get("tie_word_embeddings")
    has_head = any(name in HEADS for name in shapes)
    return bool(said) if said is not None and has_head else not has_head
