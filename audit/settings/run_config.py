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
from audit.settings.sweep import Sweep
from audit.settings.training import TrainConfig


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
    stop_when_decided: bool = False
    """Whether probes are asked in a random order, and asking stops at the first of up to 20 looks
    at which every axis has passed or regressed; the intervals are wider, so that they hold at all
    looks."""
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
    sweep: Sweep = Field(default={})
    """The runs of `audit sweep`: keys of `train` and `preferences`, each with the values that it
    takes, as `train.beta: [0.05, 0.1]` and `train.seed: [0..4]`; a run for every combination."""

    @model_validator(mode="after")
    def _answers_are_no_thoughts(self) -> "RunConfig":
        if self.train.ask_every is not None and self.generation.thinking:
            raise ValueError(
                "train.ask_every does not go with generation.thinking: the first words are thoughts"
            )
        return self

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
                "train": self.train.anchored(folder),
                "preferences": self.preferences and self.preferences.anchored(folder),
                "probes": [
                    probes.model_copy(update={"path": anchored_path(probes.path, folder)})
                    for probes in self.probes
                ],
                "judges": anchored_judges(self.judges, folder),
                "judge_error": anchored_path(self.judge_error, folder),
            }
        )
