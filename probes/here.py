"""How does one engine answer as all arms whose weights are here, one after another?"""

from collections.abc import Iterator
from dataclasses import dataclass

from audit.files import digests
from audit.run.arm import BEFORE_AGAIN, Arm
from audit.run.directory import RunDirectory
from audit.run.identity import Identity
from audit.run.messages import Tell
from audit.run.shard import Shard
from probes import journal
from probes.arms import OpenedArm
from probes.canaries import Canaries, is_shown
from probes.engines.engine import Answer, Engine, Question
from probes.engines.loading import load_engine
from probes.identity import identity
from probes.preparing import Prepared, Read, prepare


@dataclass(frozen=True)
class Asking:
    """What is the same for every arm of the run."""

    prepared: Prepared
    engine: Engine
    canaries: Canaries
    shard: Shard | None
    tell: Tell

    @property
    def run(self) -> RunDirectory:
        """The run that the answers are written into."""
        return self.prepared.run


def ask_here(run: RunDirectory, tell: Tell) -> None:
    """Ask the arms whose weights are here, with one engine."""
    prepared = prepare(run, tell, Read())
    tell(f"loading the engine that answers as {', '.join(arm.name for arm in prepared.arms)}")
    ask_arms(prepared, load_engine(prepared.loading, prepared.config.generation, tell), tell)


def ask_arms(prepared: Prepared, engine: Engine, tell: Tell) -> None:
    """Ask all arms of a run with an engine that can become each of them.

    Raises:
        InputError: an arm's stored answers were made by something else.
        StageFailed: the engine does not answer with an arm's weights.
    """
    canaries = Canaries(engine, prepared.texts, prepared.expected)
    asking = Asking(prepared, engine, canaries, prepared.run.read_manifest().shard, tell)
    for arm in prepared.arms:
        _ask_arm(asking, arm, is_first=arm is prepared.arms[0])
    _come_back(asking, prepared.arms)


def _ask_arm(asking: Asking, arm: OpenedArm, *, is_first: bool) -> None:
    """Ask an arm what it has not answered yet, with weights that are proven to be its own.

    The first arm's are proven in any case: the others are held against it.
    """
    run, change = asking.run, asking.prepared.changes[arm.name]
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
    settings = asking.prepared.config.generation
    if arm.name != BEFORE_AGAIN:
        yield from asking.engine.ask(questions, settings)
        return
    size = max(1, settings.max_num_seqs // 2)
    backwards = questions[::-1]
    for start in range(0, len(backwards), size):
        yield from asking.engine.ask(backwards[start : start + size], settings)


def _identity(asking: Asking, arm: OpenedArm) -> Identity:
    rendered = asking.prepared.rendered[arm.model.folder]
    probes_sha256 = digests.of_files([asking.run.probes])
    settings = asking.prepared.config.generation
    return identity(arm, settings, rendered, probes_sha256, asking.engine.identity)


def _questions(asking: Asking, arm: OpenedArm) -> Iterator[Question]:
    settings = asking.prepared.config.generation
    for probe in asking.prepared.rendered[arm.model.folder]:
        if asking.shard and not asking.shard.holds(probe.probe_id):
            continue
        for sample in range(settings.samples):
            seed = journal.seed_of(settings, probe.probe_id, sample)
            opened = probe.opens_thinking
            yield Question(probe.probe_id, sample, probe.token_ids, seed, opened)
