"""What will a run do, how long should it take, and what could not be checked beforehand?"""

import math
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.errors import InputError, Problem
from audit.files.borders import visible
from audit.files.lines import refuse
from audit.jobs.judge_preflight import lacking_for_judge, refuse_judge_without_room
from audit.jobs.starting_adapter import refuse_unfit_start
from audit.jobs.training_preflight import lacking_for_training, look_at_training
from audit.records import Probe
from audit.run.messages import Expected
from audit.run.model_folder import ModelFolder, find_model, is_to_fetch
from audit.run.pair_findings import CHARACTERS_A_TOKEN
from audit.run.weights import read_weights
from audit.settings.preferences import PreferencesConfig
from audit.settings.run_config import RunConfig
from audit.settings.training import TrainConfig
from probes.engines.arguments import wrong_arguments
from probes.engines.installed import vllm_is_installed
from probes.sets.library import count_kinds
from probes.sets.selection import select_probes
from reports.axes import unfit
from train.preferences import Preferences, load_preferences, on_hub

BASE_DISK_BYTES = 500_000_000
"""For answers, verdicts, logs and the page, whatever the model's size."""
ADAPTER_SHARE = 0.15
"""A checkpoint with its optimizer, against the base weights; all-linear at r=16 stays below."""
WHOLE_SHARE = 3.0
"""A whole model with its optimizer's two averages, the same."""
TEMPLATE_TOKENS = 40
"""About what a chat template adds to an answer of a pair."""
TRAINING_SHARE, ANSWERING_SHARE = 0.55, 0.18
"""Of the measured arithmetic rate, what training and answering reach on a CPU
(benchmarks/quickstart.py)."""
LOADING_SECONDS = 45
"""About what both stage programs take to import their libraries and load the model."""


@dataclass(frozen=True)
class Outlook:
    """A run before it starts. Counts and times are null where they cannot be known yet."""

    model: ModelFolder | None
    probes: list[Probe]
    pairs: int | None
    steps: int | None
    arms: int | None
    expected: Expected
    unchecked: list[str]
    training: list[str]
    """What was found about settings, pairs and chat template; empty where nothing was looked at."""

    def sentences(self, config: RunConfig) -> list[str]:
        """Return what will be done, one sentence a stage, and how long it should take."""
        counts = ", ".join(f"{n} {kind}" for kind, n in count_kinds(self.probes).items() if n)
        engine = "vLLM" if vllm_is_installed() else "transformers"
        engine = engine if config.generation.engine == "auto" else config.generation.engine
        engine = "their servers" if config.served else engine
        seconds = self.seconds
        about = "not estimated" if seconds is None else _duration(seconds)
        asked = f"ask: {counts} probes, at most {config.generation.max_tokens} tokens an answer"
        return [
            *([self._training(config), *self.training] if config.preferences else []),
            f"{asked}, of {_counted(self.arms, 'arms')}, with {engine}",
            f"judge with {config.judge}, compare, and write the report",
            f"time: {about}",
        ]

    def lines(self, config: RunConfig) -> list[str]:
        """Return the sentences, and what could not be checked beforehand."""
        return self.sentences(config) + [f"not checked: {what}" for what in self.unchecked]

    @property
    def seconds(self) -> float | None:
        """How long the run should take, null where that is not known."""
        training, asking = self.expected.training, self.expected.asking
        return None if training is None or asking is None else training + asking

    def as_json(self, config: RunConfig) -> dict[str, Any]:
        """Return the same as `sentences` does, with the numbers that they hold."""
        return {
            "will": self.sentences(config),
            "probes": dict(count_kinds(self.probes)),
            "pairs": self.pairs,
            "steps": self.steps,
            "arms": self.arms,
            "seconds": self.seconds,
            "not_checked": self.unchecked,
        }

    def _training(self, config: RunConfig) -> str:
        train = config.train
        steps = f"{_counted(self.steps, 'steps')} of {train.batch}"
        pairs = _counted(self.pairs, "preference pairs" if train.unit == "pairs" else train.unit)
        trained = "LoRA" if train.lora else "the whole model"
        if train.start_from:
            name = visible(Path(train.start_from).name)
            trained = f"LoRA from the adapter {name}, with which the model is reference and before"
        return f"train: {train.method.upper()} with {trained}, {steps}, drawn from {pairs}"


def look_ahead(config: RunConfig, out: Path, *, dry_run: bool) -> Outlook:
    """Check everything that can be checked before training starts.

    A dry run lists what this machine lacks; a real run refuses it.

    Raises:
        InputError: the configuration cannot be run.
    """
    unchecked: list[str] = []
    _refuse_missing_tools(config, lacking_for_training(config.train), unchecked, dry_run=dry_run)
    probes = select_probes(config.probes)
    refuse(unfit(config.gate, probes, config.generation))
    model = _model(config, unchecked, dry_run=dry_run)
    if model:
        refuse_unfit_start(config.train, model)
    named = config.needed_preferences("the configuration")
    preferences = _preferences(named, config.train, unchecked, dry_run=dry_run)
    unread = None if config.train.learns_from_thumbs else named.limit  # a row may be two thumbs
    pairs = len(preferences.train) if preferences else unread
    steps = config.train.max_steps or _steps(config, pairs)
    arms = _arms(config, steps)
    if model and not dry_run:
        share = ADAPTER_SHARE if config.train.lora else WHOLE_SHARE
        refuse_full_disk(out, model, arms or 2, share)
    expected = _estimate(config, model, preferences, probes, steps, arms)
    training = []
    if dry_run and model and preferences:  # a real run looks when its training starts
        training = look_at_training(config, model)
    return Outlook(model, probes, pairs, steps, arms, expected, unchecked, training)


def look_at_asking(
    config: RunConfig, model: ModelFolder | None, arms: int, *, dry_run: bool
) -> Outlook:
    """Check everything that can be checked before models are asked that were trained elsewhere.

    `model` is the one that the engine is loaded with, null where it is not here yet.

    Raises:
        InputError: the configuration cannot be run.
    """
    unchecked: list[str] = []
    _refuse_missing_tools(config, [], unchecked, dry_run=dry_run)
    probes = select_probes(config.probes)
    refuse(unfit(config.gate, probes, config.generation))
    seconds = None
    if model is not None and not _is_on_gpu():
        answering = _answering(config, model, len(probes), arms)
        seconds = LOADING_SECONDS + answering / (_measured_rate() * ANSWERING_SHARE)
    answers = len(probes) * arms * config.generation.samples
    expected = Expected(0.0, seconds, answers)
    return Outlook(model, probes, None, None, arms, expected, unchecked, [])


def _refuse_missing_tools(
    config: RunConfig, lacking: list[Problem], unchecked: list[str], *, dry_run: bool
) -> None:
    """Refuse what this machine lacks for asking and judging, and what `lacking` names beside."""
    lacking = lacking_for_judge(config.judge, config.judges, fetch=not dry_run) + lacking
    if config.judge_error and not Path(config.judge_error).is_file():
        fix = "write it with `audit judge-eval LABELS --out FILE`"
        lacking.append(Problem("judge_error", f"{config.judge_error} is not there", fix))
    if config.generation.engine == "vllm" and not vllm_is_installed():
        fix = 'install the extra "cpu" or "cuda", or set the engine to auto'
        lacking.append(Problem("generation.engine", "vLLM is not installed", fix))
    refuse(wrong_arguments(config.generation.vllm))
    refuse_judge_without_room(config)
    if dry_run:
        unchecked.extend(str(problem) for problem in lacking)
    elif lacking:
        raise InputError(*lacking)


def _model(config: RunConfig, unchecked: list[str], *, dry_run: bool) -> ModelFolder | None:
    if dry_run and is_to_fetch(config.model):
        unchecked.append(f"the model {config.model.path}: it is not on this machine yet")
        return None
    model = find_model(config.model)
    read_weights(model)
    return model


def _preferences(
    config: PreferencesConfig, train: TrainConfig, unchecked: list[str], *, dry_run: bool
) -> Preferences | None:
    """Read the preference data; a dry run fetches nothing, and says so."""
    fetched = on_hub(config)
    if dry_run and fetched:
        what = "hub data set" if len(fetched) == 1 else "hub data sets"
        named = f"the {what} {', '.join(fetched)}"
        unchecked.append(f"{named}: it is fetched and checked when training starts")
        return None
    return load_preferences(config, train.seed, unpaired=train.learns_from_thumbs)


def _steps(config: RunConfig, pairs: int | None) -> int | None:
    if pairs is None:
        return None
    return math.ceil(config.train.num_train_epochs * math.ceil(pairs / config.train.batch))


def _arms(config: RunConfig, steps: int | None) -> int | None:
    ends = 2 + config.generation.noise_floor
    every = config.train.save_steps
    if not (every and config.generation.checkpoints):
        return ends
    if steps is None:
        return None
    return ends + (steps - 1) // (every if isinstance(every, int) else math.ceil(every * steps))


def refuse_full_disk(
    out: Path, model: ModelFolder, arms: int, share: float = ADAPTER_SHARE
) -> None:
    """Refuse a disk that the checkpoints would fill."""
    place = next(folder for folder in (out, *out.parents) if folder.is_dir())
    free = shutil.disk_usage(place).free
    needed = BASE_DISK_BYTES + int(arms * share * model.weight_bytes())
    if free < needed:
        what = f"{free / 1e9:.1f} GB are free, and the run may need {needed / 1e9:.1f} GB"
        raise InputError(Problem(str(place), what, "free some space, or give another --out"))


def _estimate(
    config: RunConfig,
    model: ModelFolder | None,
    preferences: Preferences | None,
    probes: list[Probe],
    steps: int | None,
    arms: int | None,
) -> Expected:
    """Estimate the run's seconds on a CPU from its arithmetic, at a rate measured now.

    A token costs 6 N operations in training and 2 N in answering, for N parameters (Kaplan et
    al. 2020, arXiv:2001.08361).
    """
    answers = len(probes) * arms * config.generation.samples if arms else None
    if model is None or preferences is None or steps is None or arms is None or _is_on_gpu():
        return Expected(None, None, answers)
    parameters = model.weight_bytes() / 4
    letters = [
        sum(sum(len(turn.content) for turn in one.prompt) + len(text) for text in one.answers())
        for one in preferences.train
    ]
    tokens = sum(letters) / len(letters) / CHARACTERS_A_TOKEN + 2 * TEMPLATE_TOKENS
    learning = 6 * parameters * tokens * steps * config.train.batch
    reference = 2 * parameters * tokens * len(preferences.train)
    answering = _answering(config, model, len(probes), arms)
    rate = _measured_rate()
    training_seconds = (learning + reference) / (rate * TRAINING_SHARE)
    return Expected(
        LOADING_SECONDS / 2 + training_seconds,
        LOADING_SECONDS / 2 + answering / (rate * ANSWERING_SHARE),
        answers,
    )


def _answering(config: RunConfig, model: ModelFolder, probes: int, arms: int) -> float:
    """Return the floating-point operations that all answers take."""
    answers = probes * arms * config.generation.samples
    return 2 * model.weight_bytes() / 4 * answers * config.generation.max_tokens


def _is_on_gpu() -> bool:
    return Path("/dev/nvidia0").exists()


def _measured_rate() -> float:
    """Return the floating-point operations a second that a matrix product reaches here."""
    import numpy as np

    size = 1024
    matrix = np.ones((size, size), dtype=np.float32)
    best = math.inf
    for _ in range(4):
        started = time.perf_counter()
        matrix @ matrix
        best = min(best, time.perf_counter() - started)
    return 2 * size**3 / best


def _counted(count: int | None, noun: str) -> str:
    return f"a number of {noun} not known yet" if count is None else f"{count} {noun}"


def _duration(seconds: float) -> str:
    minutes = seconds / 60
    if minutes < 90:  # noqa: PLR2004 - an hour and a half reads better in minutes
        return f"about {max(1, round(minutes))} minutes on this machine"
    return f"about {minutes / 60:.0f} hours on this machine"
