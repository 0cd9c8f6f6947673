"""What would make a training fail or teach something else? Looked at before weights are loaded."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peft import PeftConfig
from transformers import GenerationConfig

from audit.errors import InputError, Problem
from audit.files.borders import one_line, visible
from audit.files.lines import read_json_object, refuse
from audit.records import Preference
from audit.run.messages import Tell
from audit.run.model_folder import ADAPTER_FILES
from audit.settings.run_config import RunConfig
from audit.settings.training import METHODS, LoraConfig, TrainConfig
from train.launch_config import refuse_unfit_launch
from train.loading import choose_dtype, load_tokenizer, lora_settings
from train.preferences import Preferences
from train.sizes import Sizes, activation_bytes, sizes_of
from train.tokens import PairTokens, template_problem, tokenize
from train.trainer import trl_settings

TEMPLATE_FIX = "use a chat template that keeps the prompt as it is when an answer follows"
ROOM_FIX = "raise train.max_length, shorten the pairs, or allow more"
LORA_RATES, WHOLE_RATES = (1e-6, 1e-3), (1e-8, 1e-5)
"""What published DPO recipes lie within: TRL's documents take 1e-6 for whole models, and ten times
as much for LoRA."""


@dataclass(frozen=True)
class Lengths:
    """How many of the pairs fit into max_length, in tokens of the model's tokenizer."""

    unit: str
    pairs: int
    filled: int
    """Those whose prompt alone fills it: TRL leaves them out."""
    cut: int
    """Those of which an answer loses its end."""
    median: int
    longest: int

    def sentence(self, limit: int) -> str:
        """Say how long the pairs are and how many are cut."""
        said = f"tokens: prompt and answer have {self.median} in the median, {self.longest} at most"
        if not (self.filled or self.cut):
            return f"{said}; max_length {limit} cuts none of {self.pairs} {self.unit}"
        return (
            f"{said}; max_length {limit} cuts an answer of {self.cut} of {self.pairs} {self.unit}, "
            f"and {self.filled} are not learned from, since their prompt alone fills it"
        )


def check_training(config: RunConfig, folder: Path, preferences: Preferences, tell: Tell) -> None:
    """Refuse what TRL or PEFT would refuse later, and what would teach something else in silence.

    Raises:
        InputError: a setting, the adapter, the chat template or the pairs do not fit.
    """
    _refuse_settings(config, folder)
    refuse_unfit_launch(config.train, choose_dtype(config.model.dtype))
    if config.train.start_from:
        _refuse_start(Path(config.train.start_from))
    elif config.train.lora:
        _refuse_head(config.train.lora)
    sizes = _sizes(config, folder)
    for caution in cautions(config.train):
        tell(caution)
    tokenizer = load_tokenizer(folder)
    arguments = config.generation.chat_template_kwargs
    pairs = [*preferences.train, *preferences.evaluation]
    refuse(_template_problems(tokenizer, pairs, arguments, str(folder)))
    tokens = [tokenize(tokenizer, pair, arguments) for pair in pairs]
    _refuse_no_end(tokens, end_tokens(folder, tokenizer), folder)
    lengths = lengths_of(tokens[: len(preferences.train)], config.train)
    tell(lengths.sentence(config.train.max_length))
    longest = min(lengths.longest, config.train.max_length)
    tell(sizes.sentence(activation_bytes(sizes.model, config.train, longest)))
    _refuse_cut(lengths, config.train)


def cautions(train: TrainConfig) -> list[str]:
    """Return what is unusual in the settings, a sentence each."""
    said = []
    low, high = LORA_RATES if train.lora else WHOLE_RATES
    if not low <= train.learning_rate <= high:
        trained = "LoRA" if train.lora else "a whole model"
        said.append(
            f"caution: a learning rate of {train.learning_rate:g} is unusual for {trained}, where "
            f"{low:g} to {high:g} is usual"
        )
    if train.lora and train.lora.lora_dropout and train.alone_of_trl().get("disable_dropout", True):
        said.append(
            "caution: train.lora.lora_dropout does nothing while TRL's disable_dropout is true, "
            "as it is where it is left out"
        )
    return said


def lengths_of(tokens: list[PairTokens], train: TrainConfig) -> Lengths:
    """Count the pairs or thumbs that do not fit into max_length."""
    limit = train.max_length
    longest = sorted(pair.longest for pair in tokens)
    filled = sum(pair.prompt >= limit for pair in tokens)
    cut = sum(pair.longest > limit > pair.prompt for pair in tokens)
    return Lengths(train.unit, len(tokens), filled, cut, longest[len(longest) // 2], longest[-1])


def _refuse_settings(config: RunConfig, output: Path) -> None:
    """Refuse what transformers and TRL find wrong between settings that are fine each alone."""
    try:
        trl_settings(config.train, output, evaluate=True, dtype=choose_dtype(config.model.dtype))
    except (ValueError, TypeError, ImportError, KeyError) as error:
        what = f"TRL does not take these settings together ({one_line(str(error), 300)})"
        raise InputError(
            Problem("train", what, f"see TRL's {METHODS[config.train.method].name}")
        ) from error


def _refuse_head(adapter: LoraConfig) -> None:
    targets = [] if isinstance(adapter.target_modules, str) else adapter.target_modules
    if any(name.rpartition(".")[2] == "lm_head" for name in targets):
        what = "the output head is among the target modules"
        fix = "leave lm_head out: TRL computes with its weight alone, and would never train it"
        raise InputError(Problem("train.lora.target_modules", what, fix))


def _sizes(config: RunConfig, folder: Path) -> Sizes:
    """Return what training takes, and refuse an adapter that PEFT cannot put into the model."""
    train, dtype = config.train, choose_dtype(config.model.dtype)
    adapter = lora_settings(train.lora) if train.lora else None
    start = Path(train.start_from) if train.start_from else None
    if start and (start / ADAPTER_FILES[0]).is_file():
        adapter = PeftConfig.from_pretrained(str(start), inference_mode=False)
    try:
        return sizes_of(folder, train, adapter, dtype)
    except (ValueError, TypeError, RuntimeError) as error:
        what = f"PEFT cannot put this adapter into {folder.name} ({one_line(str(error), 300)})"
        fix = "name modules that the model has, as q_proj, or all-linear"
        raise InputError(Problem("train.lora", what, fix)) from error


def _refuse_start(folder: Path) -> None:
    """Refuse an adapter that TRL would not train further, where its folder is still there."""
    if not (folder / ADAPTER_FILES[0]).is_file():
        return
    settings = read_json_object(folder / ADAPTER_FILES[0], "save it again with save_pretrained()")
    targets = settings.get("target_modules") or ()
    if any(name.rpartition(".")[2] == "lm_head" for name in targets if isinstance(targets, list)):
        what = f"{folder.name} changes the output head (lm_head)"
        fix = "start from one that does not: TRL computes with the head's weight alone"
        raise InputError(Problem("train.start_from", what, fix))


def _template_problems(
    tokenizer: Any, pairs: Iterable[Preference], arguments: dict[str, Any], folder: str
) -> list[Problem]:
    """Return a problem for each way in which the chat template does not fit the pairs."""
    first: dict[str, Preference] = {}
    counts: dict[str, int] = {}
    for pair in pairs:
        if what := template_problem(tokenizer, pair, arguments):
            first.setdefault(what, pair)
            counts[what] = counts.get(what, 0) + 1
    return [
        Problem(
            folder,
            f"its chat template {what}, in {counts[what]} of the pairs, first the one that begins "
            f'"{visible(pair.prompt[0].content, 60)}"',
            TEMPLATE_FIX,
        )
        for what, pair in first.items()
    ]


def end_tokens(folder: Path, tokenizer: Any) -> set[int]:
    """Return the tokens that end an answer when the model is asked."""
    ends = {tokenizer.eos_token_id}
    if (folder / "generation_config.json").is_file():
        stated = GenerationConfig.from_pretrained(folder).eos_token_id
        ends |= set(stated) if isinstance(stated, list) else {stated}
    return ends - {None}


def _refuse_no_end(tokens: list[PairTokens], ends: set[int], folder: Path) -> None:
    if ends and not any(ends & set(pair.last) for pair in tokens):
        what = "no answer is rendered with a token that ends an answer, so the model would not stop"
        fix = "end the answer in the chat template with the tokenizer's end token"
        raise InputError(Problem(str(folder), what, fix))


def _refuse_cut(lengths: Lengths, train: TrainConfig) -> None:
    limits = {
        "train.max_unlearned": (lengths.filled, train.max_unlearned, "not learned from"),
        "train.max_cut": (lengths.cut, train.max_cut, "cut"),
    }
    refuse(
        [
            Problem(
                "train.max_length",
                f"{count} of {lengths.pairs} {lengths.unit} are {what} at {train.max_length} "
                f"tokens, more than {limit:.0%} of them ({key})",
                ROOM_FIX,
            )
            for key, (count, limit, what) in limits.items()
            if count > limit * lengths.pairs
        ]
    )
