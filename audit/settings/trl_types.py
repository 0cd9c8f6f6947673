"""Which values do TRL, transformers and PEFT take for settings of which they say too little?"""

from typing import Annotated, Any, Literal

from pydantic import Field

from audit.files.data_row import Text
from audit.settings.section import Count, Seed, instead_say

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, lt=1)]
PartOfRun = Annotated[float, Field(gt=0, lt=1)]
StepsOrPart = Annotated[
    Count | PartOfRun,
    instead_say("give a number of steps from 1, or a part of the run between 0 and 1"),
]
WarmupSteps = Annotated[
    Annotated[int, Field(ge=0)] | PartOfRun,
    instead_say("give a number of steps from 0, or a part of the run between 0 and 1"),
]
Scheduler = Literal[
    "linear",
    "cosine",
    "cosine_with_restarts",
    "polynomial",
    "constant",
    "constant_with_warmup",
    "inverse_sqrt",
    "reduce_lr_on_plateau",
    "cosine_with_min_lr",
    "cosine_warmup_with_min_lr",
    "warmup_stable_decay",
    "greedy",
]
"""The schedules of transformers."""
Tracker = Literal["none", "wandb", "tensorboard", "mlflow"]
Trackers = Annotated[
    Tracker | Annotated[list[Tracker], Field(min_length=1)],
    instead_say("give none, wandb, tensorboard or mlflow, or a list of them"),
]

NARROWED_DPO: dict[str, Any] = {
    "adam_beta1": Share,
    "adam_beta2": Share,
    "adam_epsilon": NotNegative,
    "data_seed": Seed,
    "dataloader_num_workers": Annotated[int, Field(ge=0)],
    "dataloader_prefetch_factor": Count,
    "dataset_num_proc": Count,
    "discopop_tau": Positive,
    "eval_accumulation_steps": Count,
    "eval_delay": NotNegative,
    "f_divergence_type": Literal["reverse_kl", "forward_kl", "js_divergence", "alpha_divergence"],
    "include_num_input_tokens_seen": bool | Literal["all", "non_padding", "no"],
    "label_smoothing": Annotated[float, Field(ge=0, lt=0.5)],
    "label_smoothing_factor": Share,
    "ld_alpha": Annotated[float, Field(ge=0, le=1)],
    "neftune_noise_alpha": Positive,
    "pad_to_multiple_of": Count | Literal["auto"],
    "torch_empty_cache_steps": Count,
    "weight_decay": NotNegative,
}
"""Types of settings that TRL takes more values of than it can train with."""
NARROWED_LORA: dict[str, Any] = {
    "alpha_pattern": dict[Text, Positive],
    "init_lora_weights": bool | Literal["gaussian", "orthogonal"],
    "layers_to_transform": Annotated[int, Field(ge=0)] | list[Annotated[int, Field(ge=0)]],
    "rank_pattern": dict[Text, Count],
}
"""The same of PEFT's. Other ways to begin an adapter take a part out of the base's weights."""
