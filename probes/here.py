"""How does one engine answer as all arms whose weights are here, one after another?"""

from audit.run.directory import RunDirectory
from audit.run.messages import IsEnough, Tell
from probes import journal
from probes.arms import OpenedArm
from probes.asking import Asking
from probes.canaries import Canaries
from probes.engines.engine import Engine
from probes.engines.loading import load_engine
from probes.preparing import Prepared, Read, prepare
from probes.until_enough import ask_until_enough, may_stop


def ask_here(run: RunDirectory, tell: Tell, is_enough: IsEnough) -> None:
    """Ask the arms whose weights are here, with one engine."""
    prepared = prepare(run, tell, Read())
    tell(f"loading the engine that answers as {', '.join(arm.name for arm in prepared.arms)}")
    engine = load_engine(prepared.loading, prepared.config.generation, tell)
    ask_arms(prepared, engine, tell, is_enough)


def ask_arms(
    prepared: Prepared, engine: Engine, tell: Tell, is_enough: IsEnough | None = None
) -> None:
    """Ask all arms of a run with an engine that can become each of them.

    Where the run may stop early, and `is_enough` can be asked, the two arms that are compared are
    asked in turns until it is, and the others what those were asked.

    Raises:
        InputError: an arm's stored answers were made by something else.
        StageFailed: the engine does not answer with an arm's weights.
    """
    manifest, first = prepared.run.read_manifest(), prepared.arms[0]
    canaries = Canaries(engine, prepared.texts, prepared.expected)
    asking = Asking(prepared, engine, canaries, manifest.shard, tell)
    in_turns = is_enough is not None and may_stop(prepared.config, manifest)
    if in_turns and engine.taken_on.way == "engine of its own":
        tell("all probes are asked: to take turns, an engine would start anew for every batch")
        in_turns = False
    if is_enough is not None and in_turns:
        asking = ask_until_enough(asking, is_enough)
    for arm in prepared.arms:
        _ask_arm(asking, arm, must_be_proven=arm is first and not in_turns)
    asking.come_back(first)


def _ask_arm(asking: Asking, arm: OpenedArm, *, must_be_proven: bool) -> None:
    """Ask an arm what it has not answered yet, with weights that are proven to be its own.

    The first arm's are proven in any case: the others are held against it.
    """
    asking.claim(arm)
    questions = asking.missing(arm)
    if questions or must_be_proven:
        asking.become(arm, noted=True)
    if questions:
        journal.begin(asking.run, arm.name)
        asking.put(arm, questions)
    journal.complete(asking.run, arm.name)
