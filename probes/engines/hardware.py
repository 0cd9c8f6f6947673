"""Which device computes here, in which precision, with which libraries?"""

import platform
from importlib.metadata import version
from pathlib import Path

import torch


def device_name() -> str:
    """Return the GPU's name, or the processor's model and the number of its threads used."""
    if torch.cuda.is_available():
        return str(torch.cuda.get_device_name())
    return f"{_processor()} ({torch.get_num_threads()} threads)"


def library_versions() -> dict[str, str]:
    """Return the versions of the libraries that every engine computes with."""
    return {name: version(name) for name in ("torch", "transformers", "tokenizers")}


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def precision(configured: str) -> str:
    """Return the configured precision; `auto` is bfloat16 where a GPU computes it, else float32."""
    if configured != "auto":
        return configured
    fast = torch.cuda.is_available() and torch.cuda.is_bf16_supported()
    return "bfloat16" if fast else "float32"
