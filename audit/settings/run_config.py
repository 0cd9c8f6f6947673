"""What can a run's configuration say, and what does each key mean?

Names that TRL, PEFT or vLLM have for a thing are used here for the same thing.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, JsonValue, model_validator

from audit.errors import InputError, Problem
from audit.files.data_row import Text
from audit.settings.gate import Gate
from audit.settings.judges import BUILTIN, JudgeName, Judges, anchored_judges
from audit.settings.model import ModelConfig, anchored_path
from audit.settings.preferences import PreferencesConfig
from audit.settings.probe_sets import ProbesConfig
from audit.settings.section import Count, PathText, Section, Seed
from audit.settings.served import ServedConfig

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


class LoraConfig(Section):
    """The adapter; names and meanings are PEFT's."""

    r: Count = 16
    """The rank: how many directions the adapter may change each matrix in."""
    lora_alpha: Positive = 32
    """The adapter's weight: the change is multiplied by lora_alpha / r."""
    lora_dropout: Share = 0.0
    """The share of the adapter's inputs that a training step leaves out at random."""
    target_modules: Literal["all-linear"] | Annotated[list[Text], Field(min_length=1)] = (
        "all-linear"
    )
    """Which matrices get an adapter: all linear ones but the output layer, or these by name."""


class TrainConfig(Section):
    """DPO's hyperparameters; names and meanings are TRL's and transformers'."""

    beta: Positive = 0.1
    """How closely the trained model is held to the one it started from; larger holds closer."""
    learning_rate: Positive = 1e-6
    """The size of a step where the schedule is at its highest."""
    lr_scheduler_type: Literal["constant", "linear", "cosine", "constant_with_warmup"] = "linear"
    """How the learning rate changes over the training."""
    warmup_steps: Annotated[int, Field(ge=0)] = 0
    """Over how many first steps the learning rate rises from 0."""
    num_train_epochs: Positive = 1.0
    """How often every pair is learned from."""
    max_steps: Count | None = None
    """The number of training steps; where it is given, `num_train_epochs` has no effect."""
    per_device_train_batch_size: Count = 8
    """How many pairs are computed at once."""
    gradient_accumulation_steps: Count = 1
    """How many such batches make one step."""
    gradient_checkpointing: bool = False
    """Whether to compute parts twice in place of keeping them, for less memory and more time."""
    max_length: Annotated[int, Field(ge=16)] = 1024
    """Tokens of prompt and answer together; longer pairs lose their end."""
    max_grad_norm: Positive = 1.0
    """The length that a step's gradient is cut to."""
    loss_type: Annotated[list[LossType], Field(min_length=1)] = Field(default=["sigmoid"])
    """TRL's names of the losses that are added up; `sigmoid` is DPO's own."""
    loss_weights: list[float] | None = None
    """The weight of each entry of loss_type; all alike where it is left out."""
    precompute_ref_log_probs: bool = True
    """Whether the reference model's log-probabilities are computed once, before training."""
    attn_implementation: Literal["auto", "flash_attention_2", "sdpa", "eager"] = "auto"
    """`auto` is flash_attention_2 where it is installed and a GPU is there, else sdpa."""
    save_steps: Count | None = None
    """A checkpoint, and so an arm, every so many steps; none on the way where it is left out."""
    eval_steps: Count | None = None
    """The loss on the held-out pairs is measured every so many steps; never where left out."""
    logging_steps: Count = 1
    """The trainer's numbers are written to metrics.jsonl every so many steps."""
    seed: Seed = 0
    """The order of the pairs, and all that training draws at random, follow from it."""
    report_to: Literal["none", "wandb"] = "none"
    """Where the numbers are sent too; W&B takes its key from the environment."""
    lora: LoraConfig = LoraConfig()
    """The adapter that is trained."""

    @model_validator(mode="after")
    def _weights_match(self) -> "TrainConfig":
        if self.loss_weights is not None and len(self.loss_weights) != len(self.loss_type):
            raise ValueError("loss_weights needs one number for each entry of loss_type")
        return self


class ThinkingConfig(Section):
    """How thoughts are told from the answer of a model that thinks first."""

    start: Text = "<think>"
    """What its thoughts begin with, whether the model or the chat template writes it."""
    end: Text = "</think>"
    """What its thoughts end with; what comes after the first is the answer."""
    max_tokens: Count | None = None
    """How many tokens it may think before vLLM ends its thoughts, which it does a few tokens late
    where the marks are no single tokens; `generation.max_tokens` counts thoughts and answer
    together."""


class GenerationConfig(Section):
    """How the arms are asked."""

    engine: Literal["auto", "vllm", "transformers"] = "auto"
    """`auto` is vLLM where it can be imported, else transformers, which the report then says."""
    max_tokens: Count = 256
    """How long an answer may be; a longer one is cut off, and the cut-off ones are counted."""
    temperature: Annotated[float, Field(ge=0)] = 0.0
    """How freely words are drawn; at 0 the likeliest is always taken, so that answers repeat."""
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Only the likeliest words that make up this share of the probability are drawn."""
    samples: Count = 1
    """Answers for each probe; more than one needs a temperature above 0."""
    seed: Seed = 0
    """What is drawn follows from it, for each probe and sample on its own."""
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
    chat_template_kwargs: dict[Text, JsonValue] = Field(default={})
    """Arguments of the chat template by its own names, as `enable_thinking: false`."""
    thinking: ThinkingConfig | None = None
    """Set it for models that think before they answer: thoughts stand apart then, are never judged
    as the answer, and those that were cut off are counted as degenerate."""
    vllm: dict[Text, JsonValue] = Field(default={})
    """vLLM's other engine arguments by their own names, as `tensor_parallel_size: 2`."""

    @model_validator(mode="after")
    def _samples_differ(self) -> "GenerationConfig":
        if self.samples > 1 and self.temperature == 0:
            raise ValueError("samples above 1 needs a temperature above 0: greedy answers repeat")
        return self


class RunConfig(Section):
    """One run: a model, what it learns from, what it is asked, and what is too much."""

    model: ModelConfig
    """The model that is trained and asked."""
    preferences: PreferencesConfig | None = None
    """The pairs that it learns from; needed for training, and left out where nothing is trained."""
    train: TrainConfig = TrainConfig()
    """How it is trained."""
    probes: Annotated[list[ProbesConfig], Field(min_length=1)] = Field(
        default=[ProbesConfig(set=name) for name in ("harmful", "borderline", "helpful")]
    )
    """The probe sets that every arm is asked."""
    generation: GenerationConfig = GenerationConfig()
    """How the answers are written."""
    served: list[ServedConfig] = Field(default=[])
    """The servers that answer as arms; `audit compare-models` and `audit check` write them here."""
    judge: JudgeName = BUILTIN
    """Whose verdicts decide: `rules`, or a judge named under `judges`."""
    judges: Judges = Field(default={})
    """Further judges by name, each a classifier, a generative judge or a panel."""
    judge_error: PathText | None = None
    """The judge's error as `audit judge-eval --out` measured it, for comparisons to cite."""
    gate: Gate = Gate()
    """Which worsening is too much."""

    def with_servers(self, servers: Iterable[ServedConfig | None]) -> "RunConfig":
        """Return the same with the servers, in the place of those with the same url and model."""
        now = {(one.url, one.model): one for one in (*self.served, *servers) if one}
        return self.model_copy(update={"served": list(now.values())})

    def needed_preferences(self, where: str) -> PreferencesConfig:
        """Return the pairs to train on; `where` is the file that should name them.

        Raises:
            InputError: it names none.
        """
        if self.preferences is None:
            raise InputError(Problem(where, '"preferences" is missing', "add it"))
        return self.preferences

    def anchored(self, folder: Path) -> "RunConfig":
        """Return the same configuration with its relative paths that exist made absolute.

        Relative paths in a configuration file start from that file's folder.
        """
        return self.model_copy(
            update={
                "model": self.model.anchored(folder),
                "preferences": self.preferences and self.preferences.anchored(folder),
                "probes": [
                    probes.model_copy(update={"path": anchored_path(probes.path, folder)})
                    for probes in self.probes
                ],
                "judges": anchored_judges(self.judges, folder),
                "judge_error": anchored_path(self.judge_error, folder),
            }
        )
