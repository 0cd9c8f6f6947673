"""What must be known of a run before an engine is loaded that answers as its arms?"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from audit.errors import Problem
from audit.files.lines import refuse, write_atomically
from audit.run.directory import RunDirectory
from audit.run.messages import Tell
from audit.run.model_folder import ModelFolder
from audit.settings.run_config import RunConfig
from audit.settings.yaml_file import load_run_config
from probes.adapters.merging import Change
from probes.arms import OpenedArm, loaded_model, open_arms
from probes.canaries import canary_texts
from probes.engines.engine import Loading
from probes.engines.hardware import precision
from probes.engines.loading import can_apply_beside
from probes.engines.reference import StatedByWeights, expected_log_probabilities
from probes.identity import refuse_other_configs
from probes.rendering import RenderedProbe, load_tokenizer, refuse_other_prompts, render
from probes.sets.library import read_probes

ROUNDING_LIMIT = 0.5
"""The largest rounding error, against the change itself, with which an adapter is merged."""


@dataclass(frozen=True)
class Prepared:
    """A run whose arms are opened and compared with each other; no engine is loaded yet."""

    run: RunDirectory
    config: RunConfig
    arms: list[OpenedArm]
    """In the order in which they are asked."""
    rendered: dict[Path, list[RenderedProbe]]
    """By model folder: a candidate brings its own tokenizer and template."""
    changes: dict[str, Change]
    loading: Loading
    texts: list[list[int]]
    """What the canaries say, as token ids."""
    expected: dict[str, list[float]]
    """By arm: the log-probabilities of the texts, by transformers."""


@dataclass(frozen=True)
class Read:
    """What was read of models already, by this process, and need not be read again."""

    hashed: dict[str, str] = field(default_factory=dict)
    """By model folder: the sha256 of the weights."""
    stated: StatedByWeights = field(default_factory=dict)


def prepare(run: RunDirectory, tell: Tell, read: Read) -> Prepared:
    """Open a run's arms, render its probes, and say what engine could answer as all arms.

    Raises:
        InputError: an arm's files are not what the manifest says, or it cannot be asked beside the
            others.
    """
    config = load_run_config(run.config)
    arms = open_arms(run, read.hashed)
    model = ModelFolder.of(loaded_model(run, arms))
    refuse_other_configs(arms, model)
    folders = dict.fromkeys(arm.model.folder for arm in arms)  # most arms share one
    tokenizers = {folder: load_tokenizer(folder) for folder in folders}
    rendered = {folder: _rendered(run, config, one) for folder, one in tokenizers.items()}
    refuse_other_prompts(rendered, model.folder)
    first = arms[0].model.folder
    _keep_example(run, tokenizers[first], rendered[first])
    longest = max(len(probe.token_ids) for probes in rendered.values() for probe in probes)
    dtype, changes = _measured(config, arms, tell)
    untied = any(arm.adapter.unties for arm in arms if arm.adapter)
    loading = Loading(model, dtype, longest, _rank_beside(arms, model, changes, tell), untied)
    texts = canary_texts(model.folder)
    expected = expected_log_probabilities(arms, texts, read.stated)
    return Prepared(run, config, arms, rendered, changes, loading, texts, expected)


def _rendered(run: RunDirectory, config: RunConfig, tokenizer: Any) -> list[RenderedProbe]:
    asked, settings = read_probes(run.probes), config.generation
    arguments = settings.chat_template_kwargs
    return render(tokenizer, asked, settings.system_prompt, arguments, settings.thinking)


def _keep_example(run: RunDirectory, tokenizer: Any, rendered: list[RenderedProbe]) -> None:
    """Write the first harmless probe as the model reads it, for people to see."""
    harmless = {probe.id for probe in read_probes(run.probes) if probe.kind != "harmful"}
    ids = next((probe.token_ids for probe in rendered if probe.probe_id in harmless), None)
    if ids is not None:
        write_atomically(run.example_prompt, tokenizer.decode(ids))


def _measured(
    config: RunConfig, arms: list[OpenedArm], tell: Tell
) -> tuple[str, dict[str, Change]]:
    """Return what the engine computes in, and what each adapter changes in that precision.

    transformers answers with merged weights alone: where bfloat16 would round an adapter's change
    away and the precision is left to us, it answers in float32.
    """
    dtype = precision(config.model.dtype)
    changes = {arm.name: arm.change(dtype) for arm in arms}
    rounding = max(change.rounding for change in changes.values())
    chosen = config.model.dtype != "auto" or can_apply_beside(config.generation)
    if chosen or rounding <= ROUNDING_LIMIT:
        return dtype, changes
    tell(f"{dtype} would round {rounding:.0%} of an adapter's change away: float32 answers instead")
    return "float32", {arm.name: arm.change("float32") for arm in arms}


def _rank_beside(
    arms: list[OpenedArm], model: ModelFolder, changes: dict[str, Change], tell: Tell
) -> int | None:
    """Return the rank for adapters beside the weights, or null where all are merged.

    Raises:
        InputError: an arm cannot be asked beside the loaded weights.
    """
    rounding = max(change.rounding for change in changes.values())
    if rounding <= ROUNDING_LIMIT:
        return None
    tell(
        f"merging's rounding error would be {rounding:.0%} of an adapter's change, so the adapters "
        "are applied beside the weights"
    )
    fix = "set model.dtype to float32, where every arm's weights can be swapped in"
    problems = [
        Problem(str(arm.model.folder), "has other weights than those that adapters are beside", fix)
        for arm in arms
        if arm.model.folder != model.folder
    ]
    adapters = [arm.adapter for arm in arms if arm.adapter]
    what = "is not plain LoRA of one rank and alpha, as vLLM applies it beside the weights"
    problems += [
        Problem(str(adapter.folder), what, fix)
        for adapter in adapters
        if not adapter.can_be_requested()
    ]
    refuse(problems)
    return max(adapter.rank for adapter in adapters)
