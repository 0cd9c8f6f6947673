"""Which methods can a model be trained with, which losses has each, and what does each refuse?"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field

from audit.settings.passed_on import read_library

DPO = read_library("dpo_config")
KTO = read_library("kto_config")
Method = Literal["dpo", "kto"]
METHODS = {"dpo": DPO, "kto": KTO}
"""The settings of each method's trainer; train/methods/ has a file for each by the same name."""
FROM_THUMBS = frozenset({"kto"})
"""Methods that learn from answers rated one by one."""
FEWEST_THUMBS = 2
"""Of one batch, where each prompt is given its neighbour's answer."""

KtoLoss = Literal["kto", "apo_zero_unpaired"]
"""The losses of TRL's KTOTrainer."""
LossType = Literal[
    "sigmoid",
    "hinge",
    "ipo",
    "exo_pair",
    "nca_pair",
    "robust",
    "bco_pair",
    "sppo_hard",
    "aot",
    "aot_unpaired",
    "apo_zero",
    "apo_down",
    "discopop",
    "sft",
    "sigmoid_norm",
]
"""The losses of TRL's DPOTrainer."""


def _as_list(given: Any) -> Any:
    """Take one loss as a list of one."""
    return [given] if isinstance(given, str) else given


def loss_of(given: dict[str, Any]) -> list[LossType | KtoLoss]:
    """Return the loss of a method that is left out: the method's own."""
    return ["kto"] if given.get("method") == "kto" else ["sigmoid"]


LossTypes = Annotated[
    list[Literal[LossType, KtoLoss]],
    Field(min_length=1),
    BeforeValidator(_as_list, json_schema_input_type=list[LossType | KtoLoss] | KtoLoss),
]
WITH_DIVERGENCE = frozenset(
    {"sigmoid", "sigmoid_norm", "hinge", "ipo", "exo_pair", "robust", "discopop", "sft"}
)
"""The losses that TRL computes with another divergence than the reverse KL."""


def unfit(
    method: Method, losses: list[str], given: Mapping[str, Any], batch: int
) -> dict[str, str]:
    """Return what a method cannot be given of its own settings, by key.

    `given` are the settings that are TRL's alone, `batch` is how many are computed at once.
    """
    known = get_args(KtoLoss if method == "kto" else LossType)
    if not set(losses) <= set(known):
        return {"loss_type": f"train.method is {method}: take {', '.join(known)}"}
    if given.get("train_sampling_strategy") == "batch_rebalance":
        return {"train_sampling_strategy": "take group_by_length: this one finds no pairs' lengths"}
    return _unfit_for_kto(losses, given, batch) if method == "kto" else {}


def _unfit_for_kto(losses: list[str], given: Mapping[str, Any], batch: int) -> dict[str, str]:
    reasons = {}
    if len(losses) > 1:
        reasons["loss_type"] = "train.method is kto, which takes one loss"
    if "kto" in losses and given.get("train_sampling_strategy", "sequential") != "sequential":
        reasons["train_sampling_strategy"] = (
            "leave it out: the loss kto gives each prompt its neighbour's answer, in the order of "
            "the data; rows are shuffled by train.seed already"
        )
    if "kto" in losses and batch < FEWEST_THUMBS:
        reasons["per_device_train_batch_size"] = (
            "give 2 or more: the loss kto gives each prompt the answer of another in its batch"
        )
    return reasons
