"""Ask every arm of a run its probes with one engine, and append each answer as it comes."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.errors import InputError, Problem
from audit.files import digests
from audit.files.lines import drop_torn_line, json_line, read_records
from audit.records import Response
from audit.run.directory import AGAIN, RunDirectory
from audit.run.messages import Progress, Tell
from audit.run.model_folder import ModelFolder
from audit.run.stage_program import run_stage_program
from audit.settings.run_config import RunConfig
from audit.settings.yaml_file import load_run_config
from probes.adapter import Change
from probes.arms import Arm, find_arms, identity
from probes.engines.engine import Answer, Engine, Loading, Question
from probes.engines.hardware import precision
from probes.engines.loading import load_engine
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
    tell: Tell


def generate(run: RunDirectory, tell: Tell) -> None:
    """Ask all arms that have not answered yet, and mark the stage as done last."""
    config = load_run_config(run.config)
    model = ModelFolder.of_record(run.read_manifest()["model"])
    asked = config.generation
    arms = find_arms(run, with_again=asked.noise_floor, with_checkpoints=asked.checkpoints)
    rendered = {arm.model.folder: _rendered(run, config, arm.model) for arm in arms}
    longest = max(len(probe.token_ids) for asked in rendered.values() for probe in asked)
    dtype = precision(config.model.dtype)
    changes = {arm.name: arm.change(dtype) for arm in arms}
    loading = Loading(model, dtype, longest, _rank_beside(arms, changes, tell))
    tell(f"loading the engine that answers as {', '.join(arm.name for arm in arms)}")
    engine = load_engine(loading, config.generation, tell)
    asking = Asking(run, config, rendered, changes, engine, tell)
    for arm in arms:
        _ask_arm(asking, arm)
    run.update_manifest("done", {"generate": [arm.name for arm in arms]})


def _rendered(run: RunDirectory, config: RunConfig, model: ModelFolder) -> list[RenderedProbe]:
    tokenizer = load_tokenizer(model.folder)
    return render(tokenizer, read_probes(run.probes), config.generation.system_prompt)


def _rank_beside(arms: list[Arm], changes: dict[str, Change], tell: Tell) -> int | None:
    """Return the rank for adapters beside the weights, or null where all are merged."""
    rounding = max(change.rounding for change in changes.values())
    if rounding <= ROUNDING_LIMIT:
        return None
    tell(
        f"merging's rounding error would be {rounding:.0%} of an adapter's change, so the adapters "
        "are applied beside the weights"
    )
    adapters = [arm.adapter for arm in arms if arm.adapter]
    for adapter in adapters:
        if not adapter.is_uniform():
            what = "has a rank or alpha pattern, and vLLM applies none beside the weights"
            fix = "set model.dtype to float32, where the adapter can be merged"
            raise InputError(Problem(str(adapter.folder), what, fix))
    return max(adapter.rank for adapter in adapters)


def _ask_arm(asking: Asking, arm: Arm) -> None:
    run = asking.run
    _claim(asking, arm)
    path = run.responses(arm.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    drop_torn_line(path)
    answered = _answered(path)
    questions = [q for q in _questions(asking, arm) if (q.probe_id, q.sample) not in answered]
    if not questions:
        return
    _count_session(asking, arm)
    if asking.engine.identity.adapters == "merged":
        asking.engine.load_weights(arm.tensors())
    else:
        asking.engine.use_adapter(arm.adapter.folder if arm.adapter else None)
    done, total = len(answered), len(answered) + len(questions)
    with path.open("a", encoding="ascii") as file:
        for answer in _answers(asking, arm, questions):
            file.write(json_line(Response.model_validate(vars(answer))))
            file.flush()
            done += 1
            asking.tell(Progress(f"asking {arm.name}", done, total, "answers"))


def _answers(asking: Asking, arm: Arm, questions: list[Question]) -> Iterator[Answer]:
    """Ask all questions at once, or `before` again in small batches of other neighbours."""
    settings = asking.config.generation
    if arm.name != AGAIN:
        yield from asking.engine.ask(questions, settings)
        return
    size = max(1, settings.max_num_seqs // 2)
    backwards = questions[::-1]
    for start in range(0, len(backwards), size):
        yield from asking.engine.ask(backwards[start : start + size], settings)


def _claim(asking: Asking, arm: Arm) -> None:
    """Record what makes the arm itself before its first answer, or check it against the record.

    Answers taken over from another run are asked again where anything differs.

    Raises:
        InputError: the arm's own stored answers were made by something else.
    """
    arms = asking.run.read_manifest().get("arms", {})
    probes_sha256 = digests.of_files([asking.run.probes])
    rendered = asking.rendered[arm.model.folder]
    now = identity(arm, asking.config, rendered, probes_sha256, asking.engine.identity)
    before = arms.get(arm.name)
    differing = sorted(key for key in now if before and now[key] != before["identity"].get(key))
    if differing and "reused_from" in before:
        asking.tell(f"asking {arm.name} again: its answers were made with another {differing[0]}")
        asking.run.responses(arm.name).unlink(missing_ok=True)
        before = None
    elif differing:
        what = f"its stored answers were made with another {', '.join(differing)}"
        fix = "start a new run, or undo the change"
        raise InputError(Problem(str(asking.run.responses(arm.name)), what, fix))
    if before is None:
        asking.run.update_manifest("arms", {arm.name: _entry(asking, arm, now)})


def _count_session(asking: Asking, arm: Arm) -> None:
    """Count how often the engine was started for the arm's answers; batches differ between."""
    entry = asking.run.read_manifest()["arms"][arm.name]
    asking.run.update_manifest("arms", {arm.name: {**entry, "sessions": entry["sessions"] + 1}})


def _entry(asking: Asking, arm: Arm, arm_identity: dict[str, Any]) -> dict[str, Any]:
    change = asking.changes[arm.name]
    return {
        "identity": arm_identity,
        "step": arm.step,
        "relative_weight_change": change.relative if arm.adapter else None,
        "merging_rounding_error": change.rounding,
        "sessions": 0,
    }


def _answered(path: Path) -> set[tuple[str, int]]:
    if not path.exists():
        return set()
    return {(row.probe_id, row.sample) for _, row in read_records(path, Response)}


def _questions(asking: Asking, arm: Arm) -> Iterator[Question]:
    settings = asking.config.generation
    for probe in asking.rendered[arm.model.folder]:
        for sample in range(settings.samples):
            text = f"{settings.seed}:{probe.probe_id}:{sample}"
            seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])
            yield Question(probe.probe_id, sample, probe.token_ids, seed)


if __name__ == "__main__":
    run_stage_program(RunDirectory, generate)
