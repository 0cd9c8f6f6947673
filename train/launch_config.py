"""Does a launcher's configuration (accelerate's, with FSDP or DeepSpeed) fit the training?"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from accelerate.commands.config.config_args import load_config_from_file

from audit.errors import InputError, Problem
from audit.files.borders import one_line
from audit.files.lines import refuse
from audit.settings.training import TrainConfig

KEY = "train.accelerate_config"
KINDS = ("MULTI_GPU", "FSDP", "DEEPSPEED")
WHOLE_STATE = "FULL_STATE_DICT"
PRECISIONS = {torch.float32: "no", torch.bfloat16: "bf16"}
"""What accelerate calls the precision of a model."""


def refuse_unfit_launch(train: TrainConfig, dtype: torch.dtype) -> None:
    """Refuse a launcher's file that would train something else than the configuration says.

    Raises:
        InputError: it cannot be read, or does not fit; every reason is named.
    """
    if train.accelerate_config is None:
        return
    file = Path(train.accelerate_config)
    try:
        launch = load_config_from_file(str(file))
    except Exception as error:  # it raises whatever YAML and its own classes make of the file
        what = f"cannot be read as accelerate's configuration ({one_line(str(error), 300)})"
        fix = "write it with `accelerate config`"
        raise InputError(Problem(f"{KEY}: {file}", what, fix)) from error
    reasons = [*_reasons(launch, train, dtype), *_reasons_of_parts(launch, train)]
    refuse([Problem(f"{KEY}: {file}", what, fix) for what, fix in reasons])


def _reasons(launch: Any, train: TrainConfig, dtype: torch.dtype) -> list[tuple[str, str]]:
    """Return what does not fit in kind, number and precision, each with the remedy."""
    kind = _word(launch.distributed_type)
    found = []
    if kind not in KINDS:
        found.append((f"has the distributed_type {kind}", f"take one of {', '.join(KINDS)}"))
    if launch.num_machines > 1:
        found.append((f"is for {launch.num_machines} machines", "train on one: num_machines: 1"))
    if launch.num_processes != train.processes:
        what = f"starts {launch.num_processes} processes, and train.processes is {train.processes}"
        found.append((what, "give the same number twice: it decides how much a step learns from"))
    wanted = PRECISIONS[dtype]
    if str(launch.mixed_precision).lower() != wanted:
        what = f"has mixed_precision {launch.mixed_precision}, and the model's is {dtype}"
        found.append((what, f"write mixed_precision: '{wanted}', or set model.dtype"))
    return found


def _reasons_of_parts(launch: Any, train: TrainConfig) -> list[tuple[str, str]]:
    """Return what does not fit in FSDP's and DeepSpeed's own part."""
    kind = _word(launch.distributed_type)
    found = []
    state = (launch.fsdp_config or {}).get("fsdp_state_dict_type")
    if kind == "FSDP" and state != WHOLE_STATE:
        what = f"saves a {state}, of which no arm can be asked"
        found.append((what, f"write fsdp_state_dict_type: {WHOLE_STATE}"))
    if kind == "FSDP" and train.lora and train.precompute_ref_log_probs:
        what = "places the model when training begins, after TRL's reference of an adapter"
        found.append((what, "set train.precompute_ref_log_probs to false"))
    if kind in ("FSDP", "DEEPSPEED") and train.load_in_4bit:
        what = f"{kind} divides weights, and those of train.load_in_4bit are packed"
        found.append((what, "train with MULTI_GPU, or without load_in_4bit"))
    if kind == "DEEPSPEED" and not find_spec("deepspeed"):
        found.append(("DeepSpeed is not installed", "install deepspeed, or use FSDP"))
    return found


def _word(kind: Any) -> str:
    return str(getattr(kind, "value", kind))
