"""Ask every arm of a run its probes with one engine, and append each answer as it comes."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from audit.errors import InputError, Problem
from audit.files import digests
from audit.files.lines import drop_torn_line, json_line, read_records, refuse
from audit.records import Response
from audit.run.arm import BEFORE_AGAIN, Arm
from audit.run.directory import RunDirectory
from audit.run.identity import Identity, differing
from audit.run.messages import Progress, Tell
from audit.run.model_folder import ModelFolder
from audit.run.seals import responses_digest
from audit.run.stage_program import run_stage_program
from audit.settings.run_config import RunConfig
from audit.settings.yaml_file import load_run_config
from probes.adapters.merging import Change
from probes.arms import OpenedArm, loaded_model, open_arms
from probes.canaries import Canaries, canary_texts, is_shown
from probes.engines.engine import Answer, Engine, Loading, Question
from probes.engines.hardware import precision
from probes.engines.loading import load_engine
from probes.engines.reference import expected_log_probabilities
from probes.identity import identity, refuse_other_configs
from probes.rendering import RenderedProbe, load_tokenizer, render
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
    tell: Tell


def generate(run: RunDirectory, tell: Tell) -> None:
    """Ask all arms of the manifest that have not answered yet, each marked when it has."""
    config = load_run_config(run.config)
    arms = open_arms(run)
    model = ModelFolder.of(loaded_model(run, arms))
    refuse_other_configs(arms, model)
    rendered = {arm.model.folder: _rendered(run, config, arm.model) for arm in arms}
    longest = max(len(probe.token_ids) for probes in rendered.values() for probe in probes)
    dtype = precision(config.model.dtype)
    changes = {arm.name: arm.change(dtype) for arm in arms}
    untied = any(arm.adapter.unties for arm in arms if arm.adapter)
    loading = Loading(model, dtype, longest, _rank_beside(arms, model, changes, tell), untied)
    texts = canary_texts(model.folder)
    expected = expected_log_probabilities(arms, texts)
    tell(f"loading the engine that answers as {', '.join(arm.name for arm in arms)}")
    engine = load_engine(loading, config.generation, tell)
    asking = Asking(run, config, rendered, changes, engine, Canaries(engine, texts, expected), tell)
    for arm in arms:
        _ask_arm(asking, arm, is_first=arm is arms[0])
    _come_back(asking, arms)


def _rendered(run: RunDirectory, config: RunConfig, model: ModelFolder) -> list[RenderedProbe]:
    tokenizer = load_tokenizer(model.folder)
    return render(tokenizer, read_probes(run.probes), config.generation.system_prompt)


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
    run = asking.run
    _claim(asking, arm)
    path = run.responses(arm.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    drop_torn_line(path)
    answered = _answered(path)
    questions = [q for q in _questions(asking, arm) if (q.probe_id, q.sample) not in answered]
    if questions or is_first:
        asking.engine.become(arm)
        proof = asking.canaries.prove(arm)
        _note(run, arm.name, lambda _: {"weights_proof": proof})
        if not is_shown(proof):
            asking.tell(f"the weights of {arm.name} move the texts of the proof too little to show")
    if questions:
        _note(
            run,
            arm.name,
            lambda noted: {
                "sessions": noted.sessions + 1,
                "asked": False,
                "responses_sha256": None,
            },
        )
        _write_answers(asking, arm, questions, len(answered))
    complete = {"asked": True, "responses_sha256": responses_digest(run, arm.name)}
    _note(run, arm.name, lambda _: complete)


def _come_back(asking: Asking, arms: list[OpenedArm]) -> None:
    """Take on the first arm once more: nothing that came after it may have been left behind."""
    first = arms[0]
    asking.engine.become(first)
    apart = asking.canaries.prove_back_again(first)

    def noted(arm: Arm) -> dict[str, object]:
        proof = arm.weights_proof
        return {"weights_proof": proof and proof.model_copy(update={"back_again": apart})}

    _note(asking.run, first.name, noted)


def _write_answers(
    asking: Asking, arm: OpenedArm, questions: list[Question], answered: int
) -> None:
    """Append each answer as it comes."""
    done, total = answered, answered + len(questions)
    with asking.run.responses(arm.name).open("a", encoding="ascii") as file:
        for answer in _answers(asking, arm, questions):
            file.write(json_line(Response.model_validate(vars(answer))))
            file.flush()
            done += 1
            asking.tell(Progress(f"asking {arm.name}", done, total, "answers"))


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


def _claim(asking: Asking, arm: OpenedArm) -> None:
    """Note what makes the arm itself before its first answer, or check it against what was noted.

    Answers taken over from another run are asked again where anything differs.

    Raises:
        InputError: the arm's own stored answers were made by something else.
    """
    run, noted = asking.run, arm.record
    now = _identity(asking, arm)
    if isinstance(noted.identity, Identity):
        others = differing(noted.identity, now, may_differ=())
        if not others:
            return
        if noted.reused_from is None:
            what = f"its stored answers were made with another {', '.join(others)}"
            fix = "start a new run, or undo the change"
            raise InputError(Problem(str(run.responses(arm.name)), what, fix))
        asking.tell(f"asking {arm.name} again: its answers were made with another {others[0]}")
        run.responses(arm.name).unlink(missing_ok=True)
    change = asking.changes[arm.name]
    claimed = {
        "identity": now,
        "asked": False,
        "responses_sha256": None,
        "sessions": 0,
        "relative_weight_change": change.relative if arm.adapter else None,
        "merging_rounding_error": change.rounding,
        "weights_proof": None,
        "reused_from": None,
    }
    _note(run, arm.name, lambda _: claimed)


def _identity(asking: Asking, arm: OpenedArm) -> Identity:
    rendered = asking.rendered[arm.model.folder]
    probes_sha256 = digests.of_files([asking.run.probes])
    settings = asking.config.generation
    return identity(arm, settings, rendered, probes_sha256, asking.engine.identity)


def _note(run: RunDirectory, name: str, noted: Callable[[Arm], dict[str, object]]) -> None:
    """Write into the manifest what is known of an arm now."""
    run.update_manifest(
        lambda manifest: manifest.with_arms(
            manifest.arms[name].model_copy(update=noted(manifest.arms[name]))
        )
    )


def _answered(path: Path) -> set[tuple[str, int]]:
    if not path.exists():
        return set()
    return {(row.probe_id, row.sample) for _, row in read_records(path, Response)}


def _questions(asking: Asking, arm: OpenedArm) -> Iterator[Question]:
    settings = asking.config.generation
    for probe in asking.rendered[arm.model.folder]:
        for sample in range(settings.samples):
            text = f"{settings.seed}:{probe.probe_id}:{sample}"
            seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])
            yield Question(probe.probe_id, sample, probe.token_ids, seed)


if __name__ == "__main__":
    run_stage_program(RunDirectory, generate)
