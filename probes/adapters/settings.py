"""What does an adapter's configuration ask for, and is all of it known here?"""

import json
import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from audit.errors import InputError, Problem
from audit.files.lines import refuse, row_problems

FILE = "adapter_config.json"
FIX = "merge it into the model with peft, and audit that"
HARMLESS = frozenset(
    {
        "auto_mapping",
        "base_model_name_or_path",
        "corda_config",
        "eva_config",
        "inference_mode",
        "init_lora_weights",
        "loftq_config",
        "lora_dropout",
        "lora_ga_config",
        "megatron_core",
        "peft_version",
        "qalora_group_size",
        "revision",
        "runtime_config",
        "task_type",
    }
)
"""Settings of training, or of settings that are refused: they change nothing in the answers."""
BEGINNINGS = ("gaussian", "orthogonal", "eva", "mica")
"""Ways to begin training, beside peft's own (true) and none (false), that leave the base model's
weights as they were. PiSSA, OLoRA, CorDA, LoftQ and LoRA-GA take a part out of them."""


class LoraSettings(BaseModel):
    """What adapter_config.json says, with peft's defaults where it says nothing."""

    model_config = ConfigDict(frozen=True, strict=True, extra="allow")

    peft_type: str | None = None
    base_model_name_or_path: str | None = None
    revision: str | None = None
    r: int = Field(default=8, ge=1)
    lora_alpha: float = Field(default=8, allow_inf_nan=False)
    use_rslora: bool = False
    use_dora: bool = False
    lora_bias: bool = False
    fan_in_fan_out: bool = False
    bias: str = "none"
    rank_pattern: dict[str, int] | None = None
    alpha_pattern: dict[str, float] | None = None
    target_modules: list[str] | str | None = None
    exclude_modules: list[str] | str | None = None
    layers_to_transform: list[int] | int | None = None
    layers_pattern: list[str] | str | None = None
    modules_to_save: list[str] | None = None
    trainable_token_indices: list[int] | dict[str, list[int]] | None = None
    ensure_weight_tying: bool = False
    init_lora_weights: bool | str | None = True

    def meaning(self) -> dict[str, Any]:
        """Return all that decides what the adapter does, whatever version of peft wrote it."""
        stated = self.model_dump(exclude_defaults=True)
        return {
            key: sorted(value) if _is_texts(value) else value
            for key, value in stated.items()
            if key not in HARMLESS and not _asks_nothing(value)
        }


def read_settings(folder: Path) -> LoraSettings:
    """Read an adapter's configuration.

    Raises:
        InputError: it is missing or malformed, or asks for something that is not merged here.
    """
    path = folder / FILE
    try:
        stated = json.loads(path.read_text(encoding="utf-8"))
        settings = LoraSettings.model_validate(stated)
    except OSError as error:
        fix = "give a folder that peft's save_pretrained() wrote"
        raise InputError(Problem(str(folder), f"holds no {FILE}", fix)) from error
    except ValidationError as error:
        raise InputError(*row_problems(str(path), error)) from error
    except (ValueError, RecursionError) as error:
        raise InputError(Problem(str(path), "is not JSON", "copy or save it again")) from error
    refuse([Problem(str(path), what, FIX) for what in _unknown(settings)])
    return settings


def _unknown(settings: LoraSettings) -> list[str]:
    """Return what is asked for and not done here."""
    if settings.peft_type != "LORA":
        return [f"is a {settings.peft_type} adapter, not LoRA"]
    extra = settings.model_extra or {}
    problems = [
        f'uses "{key}", which is not merged here'
        for key, value in sorted(extra.items())
        if key not in HARMLESS and not _asks_nothing(value)
    ]
    begun = settings.init_lora_weights
    if isinstance(begun, str) and begun.lower() not in BEGINNINGS:
        problems.append(
            f'"init_lora_weights" is "{begun}", which takes a part out of the base model\'s weights'
        )
    if settings.bias not in {"none", "all", "lora_only"}:
        problems.append(f'"bias" is "{settings.bias}", which is not known here')
    ranks = {str(rank) for rank in (settings.rank_pattern or {}).values() if rank < 1}
    problems += [f'"rank_pattern" holds the rank {rank}' for rank in sorted(ranks)]
    return problems + [f'"{pattern}" is no pattern' for pattern in _broken_patterns(settings)]


def _broken_patterns(settings: LoraSettings) -> list[str]:
    layers = settings.layers_pattern or []
    whole = [settings.target_modules, settings.exclude_modules]
    patterns = [pattern for pattern in whole if isinstance(pattern, str)]
    patterns += [layers] if isinstance(layers, str) else layers
    patterns += [*(settings.rank_pattern or {}), *(settings.alpha_pattern or {})]
    return [pattern for pattern in patterns if not _compiles(pattern)]


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _asks_nothing(value: Any) -> bool:
    return value is None or value is False or value in ({}, [], "")
