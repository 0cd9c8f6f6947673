"""By which way can an engine become one arm after another, and why by that one?

Replacing weights in place is proven by canaries, but only where each tensor of the files is one
that the engine computes with. Where loading makes others of them (experts fused into one tensor,
latent attention's absorbed matrices), a reload has been seen to leave old numbers in use without a
word (vLLM's issues 48312, 48941 and 41670), also behind captured CUDA graphs.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from audit.run.arm import TakenOn
from probes.engines.engine import Loading

NOT_PLAIN = {
    "a mixture of experts": ("expert", "moe", "mixtral", "dbrx", "deepseek_v"),
    "latent attention": ("kv_lora_rank", "deepseek_v"),
    "state-space layers": ("mamba", "ssm_", "jamba"),
}
"""What makes a model's loaded weights others than its files', by parts of the names of its kind and
of its settings, which may be left out where they have their usual values."""


def way_of_vllm(loading: Loading, *, in_one_process: bool) -> TakenOn:
    """Return how vLLM becomes the arms of a run, the same way for all of them."""
    if loading.lora_rank is not None:
        why = "merging would round its change away, so that every arm's is applied beside the base"
        return TakenOn(way="adapter requested", reason=why)
    if kinds := not_plain(loading.model.settings()):
        why = f"the model has {' and '.join(kinds)}, which no reload in place is known to replace"
        return TakenOn(way="engine of its own", reason=why)
    if not in_one_process:
        why = "several processes compute, and each reads its part of the merged weights"
        return TakenOn(way="swapped from files", reason=why)
    return TakenOn(way="swapped in place", reason="the model is dense and not quantized")


def not_plain(settings: Mapping[str, Any]) -> list[str]:
    """Return what in a model's configuration keeps its weights from being replaced in place."""
    stated = {name for name, value in _flat(settings) if value not in (None, False, 0, 1, [], {})}
    stated |= {str(value) for name, value in _flat(settings) if name == "model_type"}
    return [
        kind
        for kind, parts in NOT_PLAIN.items()
        if any(part in name for name in stated for part in parts)
    ]


def _flat(settings: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield settings by their names, those of a part of the model too."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value)
        else:
            yield name, value
