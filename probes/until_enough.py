"""How are two arms asked in turns, batch by batch, until every axis is decided?

Both arms are asked the same batch before either is asked the next, so that all that both have
answered can be compared at any moment, and batches have the same neighbours in both.
"""

import shutil
from dataclasses import replace

from audit.files.lines import write_records
from audit.run.arm import AFTER, BEFORE, Arm
from audit.run.asking_order import asking_order, batches
from audit.run.identity import Identity
from audit.run.manifest import Manifest, Stopped
from audit.run.messages import IsEnough
from audit.run.seals import probes_digest
from audit.settings.run_config import RunConfig
from probes import journal
from probes.arms import OpenedArm
from probes.asking import Asking
from probes.identity import prompts_digest
from probes.preparing import Prepared
from probes.sets.library import read_probes


def may_stop(config: RunConfig, manifest: Manifest) -> bool:
    """Say whether asking may stop early: it is wanted, both arms are here, and it has not yet."""
    both = {BEFORE, AFTER} <= manifest.arms.keys()
    whole = manifest.shard is None and manifest.stopped is None
    return config.generation.stop_when_decided and both and whole


def ask_until_enough(asking: Asking, is_enough: IsEnough) -> Asking:
    """Ask `before` and `after` in turns until it is enough or all is asked.

    What was answered in an earlier session is not asked again, and looked at again in the same
    order. Returns what is to be asked of the other arms: all that these two were asked.
    """
    settings = asking.prepared.config.generation
    order = asking_order(read_probes(asking.run.probes), settings.seed)
    turn = [arm for arm in asking.prepared.arms if arm.name in (BEFORE, AFTER)]
    for arm in turn:
        asking.claim(arm)
        asking.become(arm, noted=True)
    begun: set[str] = set()
    current, asked = turn[-1], 0
    for batch in batches(order, settings.max_num_seqs):
        turn.sort(key=lambda arm: arm is not current)  # a swap less: who answered last begins
        for arm in turn:
            current = _ask_batch(asking, arm, {probe.id for probe in batch}, current, begun)
        asked += len(batch)
        if asked < len(order) and is_enough(asked):
            return _stopped(asking, {probe.id for probe in order[:asked]})
    return asking


def _ask_batch(
    asking: Asking, arm: OpenedArm, batch: set[str], current: OpenedArm, begun: set[str]
) -> OpenedArm:
    """Ask an arm what it has not answered of a batch; return the arm that the engine then is."""
    questions = asking.missing(arm, batch)
    if not questions:
        return current
    if arm is not current:
        asking.become(arm, noted=False)
    if arm.name not in begun:
        journal.begin(asking.run, arm.name)
        begun.add(arm.name)
    asking.put(arm, questions)
    return arm


def _stopped(asking: Asking, asked: set[str]) -> Asking:
    """Make the probes that were asked all that the run has, and note it; the manifest comes last.

    A run that is killed in between is brought back to all its probes when it goes on.
    """
    run = asking.run
    everything = read_probes(run.probes)
    shutil.copyfile(run.probes, run.all_probes)
    write_records(run.probes, [probe for probe in everything if probe.id in asked])
    rendered = {
        folder: [probe for probe in probes if probe.probe_id in asked]
        for folder, probes in asking.prepared.rendered.items()
    }
    narrowed = replace(asking.prepared, rendered=rendered)
    digest = probes_digest(run)
    stopped = Stopped(asked=len(asked), of=len(everything))

    def noted(manifest: Manifest) -> Manifest:
        arms = [_of_asked(manifest.arms[arm.name], arm, narrowed, digest) for arm in narrowed.arms]
        now = {"probes_sha256": digest, "stopped": stopped}
        return manifest.model_copy(update=now).with_arms(*arms)

    run.update_manifest(noted)
    return replace(asking, prepared=narrowed)


def _of_asked(noted: Arm, arm: OpenedArm, narrowed: Prepared, probes_sha256: str) -> Arm:
    """Return an arm whose answers are said to depend on the probes that were asked, and no more."""
    if not isinstance(noted.identity, Identity):
        return noted
    prompts = prompts_digest(narrowed.rendered[arm.model.folder])
    now = {"probes_sha256": probes_sha256, "prompts_sha256": prompts}
    return noted.model_copy(update={"identity": noted.identity.model_copy(update=now)})
