"""What can a run's configuration say, and what does each key mean?

Names that TRL, PEFT or vLLM have for a thing are used here for the same thing.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from audit.files.data_row import Text
from audit.settings.gate import Gate
from audit.settings.judges import BUILTIN, JudgeName, Judges, anchored_judges
from audit.settings.model import ModelConfig, anchored_path
from audit.settings.probe_sets import ProbesConfig
from audit.settings.section import Count, PathText, Section, Seed

Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, lt=1)]


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
"""The losses of TRL 1.16's DPOTrainer."""


class PreferencesConfig(Section):
    """The preference pairs that DPO learns from."""

    path: PathText
    """`demo`, a JSONL, JSON, CSV or Parquet file, or a hub id."""
    name: Text | None = None
    """The hub data set's configuration."""
    data_dir: Text | None = None
    """The hub data set's folder."""
    split: Text = "train"
    """The hub data set's split to train on."""
    limit: Count | None = None
    """How many pairs to train on, drawn with `train.seed`; all where it is left out."""
    eval_path: PathText | None = None
    """A file to evaluate the loss on."""
    eval_split: Text | None = None
    """The hub data set's split to evaluate the loss on."""
    eval_limit: Count | None = None
    """How many pairs to evaluate on; held out of the training pairs where no eval source is."""
    invalid_rows: Literal["refuse", "drop"] = "refuse"
    """What to do with a row that cannot be learned from; dropped rows are counted and reported."""


class LoraConfig(Section):
    """The adapter; names and meanings are PEFT's."""

    r: Count = 16
    lora_alpha: Positive = 32
    lora_dropout: Share = 0.0
    target_modules: Literal["all-linear"] | Annotated[list[Text], Field(min_length=1)] = (
        "all-linear"
    )


class TrainConfig(Section):
    """DPO's hyperparameters; names and meanings are TRL's and transformers'."""

    beta: Positive = 0.1
    learning_rate: Positive = 1e-6
    lr_scheduler_type: Literal["constant", "linear", "cosine", "constant_with_warmup"] = "linear"
    warmup_steps: Annotated[int, Field(ge=0)] = 0
    num_train_epochs: Positive = 1.0
    max_steps: Count | None = None
    """Overrides `num_train_epochs`."""
    per_device_train_batch_size: Count = 8
    gradient_accumulation_steps: Count = 1
    gradient_checkpointing: bool = False
    max_length: Annotated[int, Field(ge=16)] = 1024
    """Tokens of prompt and answer together; longer pairs lose their end."""
    max_grad_norm: Positive = 1.0
    loss_type: Annotated[list[LossType], Field(min_length=1)] = Field(default=["sigmoid"])
    loss_weights: list[float] | None = None
    precompute_ref_log_probs: bool = True
    attn_implementation: Literal["auto", "flash_attention_2", "sdpa", "eager"] = "auto"
    """`auto` is flash_attention_2 where it is installed and a GPU is there, else sdpa."""
    save_steps: Count | None = None
    """A checkpoint, and so an arm, every so many steps; none on the way where it is left out."""
    eval_steps: Count | None = None
    logging_steps: Count = 1
    seed: Seed = 0
    report_to: Literal["none", "wandb"] = "none"
    lora: LoraConfig = LoraConfig()

    @model_validator(mode="after")
    def _weights_match(self) -> "TrainConfig":
        if self.loss_weights is not None and len(self.loss_weights) != len(self.loss_type):
            raise ValueError("loss_weights needs one number for each entry of loss_type")
        return self


class GenerationConfig(Section):
    """How the arms are asked."""

    engine: Literal["auto", "vllm", "transformers"] = "auto"
    """`auto` is vLLM where it can be imported, else transformers, which the report then says."""
    max_tokens: Count = 256
    temperature: Annotated[float, Field(ge=0)] = 0.0
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    samples: Count = 1
    """Answers for each probe; more than one needs a temperature above 0."""
    seed: Seed = 0
    max_num_seqs: Count = 64
    """Answers that are written at the same time."""
    gpu_memory_utilization: Annotated[float, Field(gt=0, le=1)] = 0.85
    """vLLM's share of the GPU's memory."""
    checkpoints: bool = True
    """Whether the checkpoints on the way are asked too, each as an arm."""
    noise_floor: bool = True
    """Whether `before` is asked twice, in other batches, to see what changes by chance."""
    system_prompt: Text | None = None
    """A system turn put before every probe that has none of its own."""

    @model_validator(mode="after")
    def _samples_differ(self) -> "GenerationConfig":
        if self.samples > 1 and self.temperature == 0:
            raise ValueError("samples above 1 needs a temperature above 0: greedy answers repeat")
        return self


class RunConfig(Section):
    """One run: a model, what it learns from, what it is asked, and what is too much."""

    model: ModelConfig
    preferences: PreferencesConfig
    train: TrainConfig = TrainConfig()
    probes: Annotated[list[ProbesConfig], Field(min_length=1)] = Field(
        default=[ProbesConfig(set=name) for name in ("harmful", "borderline", "helpful")]
    )
    generation: GenerationConfig = GenerationConfig()
    judge: JudgeName = BUILTIN
    """Whose verdicts decide: `rules`, or a judge named under `judges`."""
    judges: Judges = Field(default={})
    """Further judges by name, each a classifier, a generative judge or a panel."""
    judge_error: PathText | None = None
    """The judge's error as `audit judge-eval --out` measured it, for comparisons to cite."""
    gate: Gate = Gate()

    def anchored(self, folder: Path) -> "RunConfig":
        """Return the same configuration with its relative paths that exist made absolute.

        Relative paths in a configuration file start from that file's folder.
        """
        preferences = {
            "path": anchored_path(self.preferences.path, folder),
            "eval_path": anchored_path(self.preferences.eval_path, folder),
        }
        return self.model_copy(
            update={
                "model": self.model.anchored(folder),
                "preferences": self.preferences.model_copy(update=preferences),
                "probes": [
                    probes.model_copy(update={"path": anchored_path(probes.path, folder)})
                    for probes in self.probes
                ],
                "judges": anchored_judges(self.judges, folder),
                "judge_error": anchored_path(self.judge_error, folder),
            }
        )
