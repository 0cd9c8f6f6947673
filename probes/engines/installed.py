"""Which engine would answer here? Told without importing any."""

from importlib.util import find_spec


def vllm_is_installed() -> bool:
    """Say whether vLLM is there to be imported."""
    return find_spec("vllm") is not None
