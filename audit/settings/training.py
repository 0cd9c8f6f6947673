"""How is a model trained? TRL's, transformers' and PEFT's names mean here what they mean there."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from audit.files.data_row import Text
from audit.settings.methods import (
    DPO,
    FROM_THUMBS,
    METHODS,
    WITH_DIVERGENCE,
    LossTypes,
    Method,
    loss_of,
    unfit,
)
from audit.settings.model import anchored_path
from audit.settings.owned import OF_DPO, OF_LORA
from audit.settings.passed_on import own_keys, passed_on, read_library, refuse_keys, takes_also
from audit.settings.section import Count, PathText, Section, Seed
from audit.settings.trl_types import (
    NARROWED_DPO,
    NARROWED_LORA,
    Positive,
    Scheduler,
    Share,
    StepsOrPart,
    Trackers,
    WarmupSteps,
)

LORA = read_library("lora_config")
__all__ = ["DPO", "LORA", "METHODS", "LoraConfig", "TrainConfig"]


@takes_also(LORA, refused=OF_LORA, narrowed=NARROWED_LORA)
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

    def of_peft(self) -> dict[str, Any]:
        """Return all settings by PEFT's names."""
        own = {name: getattr(self, name) for name in own_keys(type(self))}
        return {**own, **passed_on(self, LORA)}


@takes_also(*METHODS.values(), refused=OF_DPO, narrowed=NARROWED_DPO)
class TrainConfig(Section):
    """A method's hyperparameters; names and meanings are TRL's and transformers'."""

    method: Method = "dpo"
    """What is learned from: `dpo` from pairs, `kto` from thumbs, which are answers that were each
    rated by themselves; a pair is taken as two. Settings are those of TRL's class of its name."""
    beta: Positive = 0.1
    """How closely the trained model is held to the one it started from; larger holds closer."""
    learning_rate: Positive = 1e-6
    """The size of a step where the schedule is at its highest."""
    lr_scheduler_type: Scheduler = "linear"
    """How the learning rate changes over the training."""
    warmup_steps: WarmupSteps = 0
    """Over how many first steps, or which part of all, the learning rate rises from 0."""
    num_train_epochs: Positive = 1.0
    """How often every pair is learned from."""
    max_steps: Count | None = None
    """The number of training steps; where it is given, `num_train_epochs` has no effect."""
    per_device_train_batch_size: Count = 8
    """How many pairs are computed at once."""
    per_device_eval_batch_size: Count | None = None
    """The same where the loss is measured; as many as in training where it is left out."""
    gradient_accumulation_steps: Count = 1
    """How many such batches make one step."""
    processes: Count = 1
    """How many processes of this machine train together, one on each GPU, or on the CPU; each
    computes such batches, and a step learns from those of all."""
    accelerate_config: PathText | None = None
    """A file of accelerate's for these processes, with FSDP or DeepSpeed, as those of
    examples/accelerate; where it is left out each process holds the whole model."""
    gradient_checkpointing: bool = False
    """Whether to compute parts twice in place of keeping them, for less memory and more time."""
    max_length: Annotated[int, Field(ge=16)] = 1024
    """Tokens of prompt and answer together; longer pairs lose their end."""
    max_cut: Annotated[float, Field(ge=0, le=1)] = 0.9
    """The largest share of the pairs of which max_length may cut an answer; more are refused."""
    max_unlearned: Annotated[float, Field(ge=0, le=1)] = 0.1
    """The largest share of the pairs that may be left out, since their prompt alone fills
    max_length; more are refused."""
    max_grad_norm: Positive = 1.0
    """The length that a step's gradient is cut to."""
    loss_type: LossTypes = Field(default_factory=loss_of)
    """TRL's names of the losses that are added up; left out it is `sigmoid`, DPO's own, or `kto`
    where that is the method, which takes one."""
    loss_weights: list[float] | None = None
    """The weight of each entry of loss_type; all alike where it is left out."""
    precompute_ref_log_probs: bool = True
    """Whether the reference model's log-probabilities are computed once, before training."""
    precompute_ref_batch_size: Count | None = None
    """How many pairs that takes at once; as many as in training where it is left out."""
    attn_implementation: Literal["auto", "flash_attention_2", "sdpa", "eager"] = "auto"
    """`auto` is flash_attention_2 where it is installed and a GPU is there, else sdpa."""
    save_steps: StepsOrPart | None = None
    """A checkpoint, and so an arm, every so many steps, or after every such part of the run; none
    on the way where it is left out."""
    eval_steps: StepsOrPart | None = None
    """The loss on the held-out pairs is measured every so many steps, or after every such part of
    the run; never where left out."""
    logging_steps: StepsOrPart = 1
    """The trainer's numbers are written to metrics.jsonl every so many steps, or after every such
    part of the run."""
    seed: Seed = 0
    """The order of the pairs, and all that training draws at random, follow from it."""
    report_to: Trackers = "none"
    """Where the numbers are sent too, one or several, and at the end the verdict, the axes and the
    redacted report; keys come from the environment."""
    on_alarm: Literal["tell", "stop"] = "tell"
    """What an alarm does while training runs, as numbers that are none or rising evaluation loss:
    it is told, or it ends the training as failed."""
    ask_every: StepsOrPart | None = None
    """A sample of the probes is asked every so many steps, or after every such part of the run, and
    before the first: the training program answers with the weights that it trains. Never where it
    is left out."""
    ask_probes: Count = 20
    """How many probes of each kind that sample holds, in the shares of their categories."""
    ask_max_tokens: Count = 64
    """How long an answer may be there; a refusal shows in its first words."""
    stop_when_lost: bool = False
    """Whether training ends at the first of these steps at which harmful compliance or over-refusal
    is surely worse by more than the gate's margin. What was trained until then is asked and
    compared as `after`, and never passes."""
    load_in_4bit: bool = False
    """Whether the adapter is trained on the base's weights in 4 bits (QLoRA), which takes a quarter
    of the memory. It is asked on the base's own weights; a model served in 4 bits is another."""
    start_from: PathText | None = None
    """The folder of an adapter that training goes on from, with the adapter's own settings. Its
    reference and `before` are then the model with this adapter, and not the model alone."""
    lora: LoraConfig | None = LoraConfig()
    """The adapter that is trained; null trains the whole model."""

    def anchored(self, folder: Path) -> "TrainConfig":
        """Return the same with relative paths made absolute."""
        named = {key: getattr(self, key) for key in ("start_from", "accelerate_config")}
        paths = {key: anchored_path(path, folder) for key, path in named.items()}
        return self.model_copy(update=paths)

    @property
    def trackers(self) -> tuple[str, ...]:
        """Where the numbers are sent besides the run's own files."""
        named = [self.report_to] if isinstance(self.report_to, str) else self.report_to
        return tuple(name for name in named if name != "none")

    @property
    def unit(self) -> Literal["pairs", "thumbs"]:
        """What the method learns from, and what is counted."""
        return "thumbs" if self.learns_from_thumbs else "pairs"

    @property
    def learns_from_thumbs(self) -> bool:
        """Whether the method takes answers that were rated one by one."""
        return self.method in FROM_THUMBS

    @property
    def is_launched(self) -> bool:
        """Whether a launcher starts the training program."""
        return self.processes > 1 or self.accelerate_config is not None

    @property
    def batch(self) -> int:
        """How many pairs one step learns from, on all devices."""
        batches = self.gradient_accumulation_steps * self.processes
        return self.per_device_train_batch_size * batches

    def own_of_trl(self) -> list[str]:
        """Return the keys here that are settings of TRL's by the same name, but for report_to."""
        fields = METHODS[self.method].fields
        return [name for name in own_keys(type(self)) if name in fields and name != "report_to"]

    def alone_of_trl(self) -> dict[str, Any]:
        """Return the settings that were given and are TRL's alone, by its names."""
        return passed_on(self, METHODS[self.method])

    @model_validator(mode="after")
    def _fits_the_method(self) -> "TrainConfig":
        library = METHODS[self.method]
        others = set().union(*(one.fields for one in METHODS.values())) - library.fields.keys()
        reasons = {
            key: f"leave it out: train.method is {self.method}, and {library.name} has none"
            for key in others
            if getattr(self, key) is not None
        }
        batch = self.per_device_train_batch_size
        reasons |= unfit(self.method, list(self.loss_type), self.alone_of_trl(), batch)
        refuse_keys(self, reasons)
        return self

    @model_validator(mode="after")
    def _starts_from_what_it_can(self) -> "TrainConfig":
        if self.start_from is None:
            return self
        reasons = {}
        if self.lora != type(self).model_fields["lora"].default:
            reasons["lora"] = "leave it out: the adapter of train.start_from has its own settings"
        if self.load_in_4bit:
            reasons["load_in_4bit"] = (
                "leave it out: TRL rounds the adapter of train.start_from there, so that it would "
                "not be its own reference"
            )
        refuse_keys(self, reasons)
        return self

    @model_validator(mode="after")
    def _asks_where_it_can(self) -> "TrainConfig":
        reasons = {}
        if self.ask_every is not None and self.is_launched:
            reasons["ask_every"] = "leave it out: only a single process asks while it trains"
        if self.stop_when_lost and self.ask_every is None:
            reasons["stop_when_lost"] = "give train.ask_every too, as 0.25: it says when to look"
        refuse_keys(self, reasons)
        return self

    @model_validator(mode="after")
    def _fits_together(self) -> "TrainConfig":
        if self.loss_weights is not None and len(self.loss_weights) != len(self.loss_type):
            raise ValueError("loss_weights needs one number for each entry of loss_type")
        if self.load_in_4bit and not self.lora:
            raise ValueError("load_in_4bit needs an adapter: weights in 4 bits are not trained")
        given = self.alone_of_trl()
        losses = set(self.loss_type)
        if "exo_pair" in losses and not given.get("label_smoothing"):
            raise ValueError("exo_pair needs a label_smoothing above 0; its paper takes 0.001")
        divergence = given.get("f_divergence_type", "reverse_kl")
        if divergence != "reverse_kl" and not losses <= WITH_DIVERGENCE:
            without = ", ".join(sorted(losses - WITH_DIVERGENCE))
            raise ValueError(f"f_divergence_type {divergence} does not go with {without}")
        if given.get("use_weighting") and losses & {"aot", "aot_unpaired"}:
            raise ValueError("use_weighting does not go with aot, which sorts the pairs")
        return self
