"""Which tensors does a safetensors file hold, and is all of it there? Told without reading them."""

from dataclasses import dataclass
from pathlib import Path

from audit.errors import InputError, Problem


@dataclass(frozen=True)
class TensorHeader:
    """A tensor's sizes, and the file format's name of its numbers (F32, BF16, I8 ...)."""

    shape: tuple[int, ...]
    dtype: str


def read_tensor_headers(file: Path) -> dict[str, TensorHeader]:
    """Read the names, shapes and kinds of number of all tensors of a safetensors file.

    Raises:
        InputError: the file is missing, cut short, or no safetensors file.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="np") as tensors:
            slices = {name: tensors.get_slice(name) for name in tensors.keys()}  # noqa: SIM118
            return {
                name: TensorHeader(tuple(part.get_shape()), str(part.get_dtype()))
                for name, part in slices.items()
            }
    except (SafetensorError, OSError) as error:
        what = f"is no whole safetensors file ({error})"
        raise InputError(Problem(str(file), what, "copy or save it again")) from error
