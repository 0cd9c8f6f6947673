"""How does one engine answer as all arms whose weights are here, one after another?"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from audit.errors import Problem
from audit.files import digests
from audit.files.lines import refuse
from audit.run.arm import BEFORE_AGAIN, Arm
from audit.run.directory import RunDirectory
from audit.run.identity import Identity
from audit.run.messages import Tell
from audit.run.model_folder import ModelFolder
from audit.run.shard import Shard
from audit.settings.run_config import RunConfig
from audit.settings.yaml_file import load_run_config
from probes import journal
from probes.adapters.merging import Change
from probes.arms import OpenedArm, loaded_model, open_arms
from probes.canaries import Canaries, canary_texts, is_shown
from probes.engines.engine import Answer, Engine, Loading, Question
from probes.engines.hardware import precision
from probes.engines.loading import can_apply_beside, load_engine
from probes.engines.reference import expected_log_probabilities
from probes.identity import identity, refuse_other_configs
from probes.rendering import RenderedProbe, load_tokenizer, refuse_other_prompts, render
from probes.sets.library import read_probes

ROUNDING_LIMIT = 0.5
"""The largest rounding error, against the change itself, with which an adapter is merged."""


@dataclass(frozen=True)
class Asking:
    """What is the same for every arm of the run."""

    run: RunDirectory
    config: RunConfig
    rendered: dict[Path, list[RenderedProbe]]
    """By model folder: a candidate brings its own tokenizer and template."""
    changes: dict[str, Change]
    engine: Engine
    canaries: Canaries
    shard: Shard | None
    tell: Tell


def ask_here(run: RunDirectory, tell: Tell) -> None:
    """Ask the arms whose weights are here, with one engine."""
    config = load_run_config(run.config)
    arms = open_arms(run)
    model = ModelFolder.of(loaded_model(run, arms))
    refuse_other_configs(arms, model)
    rendered = {arm.model.folder: _rendered(run, config, arm.model) for arm in arms}
    refuse_other_prompts(rendered, model.folder)
    longest = max(len(probe.token_ids) for probes in rendered.values() for probe in probes)
    dtype, changes = _measured(config, arms, tell)
    untied = any(arm.adapter.unties for arm in arms if arm.adapter)
    loading = Loading(model, dtype, longest, _rank_beside(arms, model, changes, tell), untied)
    texts = canary_texts(model.folder)
    expected = expected_log_probabilities(arms, texts)
    tell(f"loading the engine that answers as {', '.join(arm.name for arm in arms)}")
    engine = load_engine(loading, config.generation, tell)
    canaries = Canaries(engine, texts, expected)
    shard = run.read_manifest().shard
    asking = Asking(run, config, rendered, changes, engine, canaries, shard, tell)
    for arm in arms:
        _ask_arm(asking, arm, is_first=arm is arms[0])
    _come_back(asking, arms)


def _rendered(run: RunDirectory, config: RunConfig, model: ModelFolder) -> list[RenderedProbe]:
    tokenizer = load_tokenizer(model.folder)
    asked, settings = read_probes(run.probes), config.generation
    arguments = settings.chat_template_kwargs
    return render(tokenizer, asked, settings.system_prompt, arguments, settings.thinking)


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


def _ask_arm(asking: Asking, arm: OpenedArm, *, is_first: bool) -> None:
    """Ask an arm what it has not answered yet, with weights that are proven to be its own.

    The first arm's are proven in any case: the others are held against it.
    """
    run, change = asking.run, asking.changes[arm.name]
    measured = {
        "relative_weight_change": change.relative if arm.adapter else None,
        "merging_rounding_error": change.rounding,
    }
    journal.claim(run, arm.record, _identity(asking, arm), measured, asking.tell)
    there = journal.answered(run, arm.name)
    questions = [q for q in _questions(asking, arm) if (q.probe_id, q.sample) not in there]
    if questions or is_first:
        asking.engine.become(arm)
        proof = asking.canaries.prove(arm)
        journal.note(run, arm.name, lambda _: {"weights_proof": proof})
        if not is_shown(proof):
            asking.tell(f"the weights of {arm.name} move the texts of the proof too little to show")
    if questions:
        journal.begin(run, arm.name)
        progress = (len(there), len(there) + len(questions))
        answers = _answers(asking, arm, questions)
        journal.append(run, arm.name, answers, progress, asking.tell)
    journal.complete(run, arm.name)


def _come_back(asking: Asking, arms: list[OpenedArm]) -> None:
    """Take on the first arm once more: nothing that came after it may have been left behind."""
    first = arms[0]
    asking.engine.become(first)
    apart = asking.canaries.prove_back_again(first)

    def noted(arm: Arm) -> dict[str, object]:
        proof = arm.weights_proof
        return {"weights_proof": proof and proof.model_copy(update={"back_again": apart})}

    journal.note(asking.run, first.name, noted)


def _answers(asking: Asking, arm: OpenedArm, questions: list[Question]) -> Iterator[Answer]:
    """Ask all questions at once, or `before` again in small batches of other neighbours."""
    settings = asking.config.generation
    if arm.name != BEFORE_AGAIN:
        yield from asking.engine.ask(questions, settings)
        return
    size = max(1, settings.max_num_seqs // 2)
    backwards = questions[::-1]
    for start in range(0, len(backwards), size):
        yield from asking.engine.ask(backwards[start : start + size], settings)


def _identity(asking: Asking, arm: OpenedArm) -> Identity:
    rendered = asking.rendered[arm.model.folder]
    probes_sha256 = digests.of_files([asking.run.probes])
    settings = asking.config.generation
    return identity(arm, settings, rendered, probes_sha256, asking.engine.identity)


def _questions(asking: Asking, arm: OpenedArm) -> Iterator[Question]:
    settings = asking.config.generation
    for probe in asking.rendered[arm.model.folder]:
        if asking.shard and not asking.shard.holds(probe.probe_id):
            continue
        for sample in range(settings.samples):
            seed = journal.seed_of(settings, probe.probe_id, sample)
            opened = probe.opens_thinking
            yield Question(probe.probe_id, sample, probe.token_ids, seed, opened)
