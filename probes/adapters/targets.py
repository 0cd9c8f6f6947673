"""Of which modules does an adapter's configuration speak? As peft 0.21 matches their names."""

import math
import re

from probes.adapters.settings import LoraSettings

ALL_LINEAR = "all-linear"
NO_LINEAR = ("lm_head", "embed_out", "embed_tokens", "wte", "wpe", "embed_in", "word_embeddings")


def is_target(settings: LoraSettings, module: str) -> bool:
    """Say whether the module of the name is one that LoRA is applied to."""
    targets = settings.target_modules
    if targets is None or _is_excluded(settings, module) or is_saved_whole(settings, module):
        return False
    if isinstance(targets, str):
        if targets.lower() == ALL_LINEAR:
            return module.rpartition(".")[2] not in NO_LINEAR
        return re.fullmatch(targets, module) is not None
    if module in targets:
        return True
    return _ends_with_one_of(module, targets) and _is_in_layers(settings, module)


def is_saved_whole(settings: LoraSettings, module: str) -> bool:
    """Say whether the adapter brings the module's tensors, or those of one around it, itself."""
    parts = module.split(".")
    around = [".".join(parts[: place + 1]) for place in range(len(parts))]
    names = settings.modules_to_save or []
    return any(path.endswith(name) for path in around for name in names)


def factor_of(settings: LoraSettings, module: str) -> float:
    """Return what B A is multiplied with: alpha / r, or alpha / sqrt(r) where rank-stabilised."""
    alpha = _of_pattern(settings.alpha_pattern, module, settings.lora_alpha)
    rank = rank_of(settings, module)
    return alpha / (math.sqrt(rank) if settings.use_rslora else rank)


def rank_of(settings: LoraSettings, module: str) -> int:
    """Return the rank that the configuration gives the module."""
    return round(_of_pattern(settings.rank_pattern, module, settings.r))


def _of_pattern(
    pattern: dict[str, int] | dict[str, float] | None, module: str, otherwise: float
) -> float:
    """Return the value of the first pattern that the module's name ends with."""
    for key, value in (pattern or {}).items():
        if re.match(rf"(.*\.)?({key})$", module):
            return value
    return otherwise


def _is_excluded(settings: LoraSettings, module: str) -> bool:
    excluded = settings.exclude_modules
    if isinstance(excluded, str):
        return bool(excluded) and re.fullmatch(excluded, module) is not None
    return module in (excluded or []) or _ends_with_one_of(module, excluded or [])


def _ends_with_one_of(module: str, names: list[str]) -> bool:
    return any(module.endswith(f".{name}") for name in names)


def _is_in_layers(settings: LoraSettings, module: str) -> bool:
    layers = settings.layers_to_transform
    if layers is None or layers == []:
        return True
    named = settings.layers_pattern or []
    named = [named] if isinstance(named, str) else named
    for pattern in [rf"(?:^|.*?\.){one}" for one in named] or [r".*?\.[^.]*"]:
        numbered = re.match(rf"{pattern}\.(\d+)\.", module)
        if numbered:
            return int(numbered[1]) in ([layers] if isinstance(layers, int) else layers)
    return False
