"""How do several machines ask a part of the probes each, and how do all parts become one run?

Every shard is a run directory of its own below the run, so that no two machines write one file:
the same configuration, the same probes, the same arms, of which only a part of the probes is asked.
"""

import shutil
from collections import Counter

from audit.errors import InputError, Problem
from audit.files.digests import of_files
from audit.files.lines import read_records, refuse, write_records
from audit.jobs.stages import generate
from audit.jobs.trained_arms import write_trained_arms
from audit.records import Response
from audit.run.arm import Arm, new_arm
from audit.run.directory import RunDirectory
from audit.run.identity import Identity, differing
from audit.run.messages import Tell
from audit.run.models_here import source_elsewhere
from audit.run.seals import changed_responses, responses_digest
from audit.run.shard import FOLDER, Shard, shard_folders
from audit.settings.yaml_file import load_run_config
from probes.sets.library import read_probes

Answers = dict[tuple[str, int], Response]


def generate_shard(
    run: RunDirectory, shard: Shard, tell: Tell, *, trust_endpoints: bool
) -> RunDirectory:
    """Ask every arm the probes of one shard, from where an earlier attempt stopped.

    Raises:
        InputError: another command works on this shard, or the run has changed since it was begun.
    """
    part = RunDirectory(run.root / FOLDER / shard.folder)
    part.root.mkdir(parents=True, exist_ok=True)
    with part.locked("run", wait_seconds=0):
        _prepare(run, part, shard)
        generate(part, tell, trust_endpoints=trust_endpoints)
    return part


def gather(run: RunDirectory) -> dict[str, int]:
    """Make one run of all shards, and return how many answers each arm has.

    Raises:
        InputError: a shard is missing, unfinished or was changed, or two differ in engine,
            precision, device or anything else that answers depend on.
    """
    parts = _parts(run)
    refuse([found for part in parts for found in _unfinished(run, part)])
    names = list(write_trained_arms(run).arms)
    refuse([found for name in names for found in _differing(parts, name)])
    arms = [_gathered(run, parts, name) for name in names]
    counts = {}
    for arm, rows in arms:
        write_records(run.responses(arm.name), rows)
        sealed = arm.model_copy(update={"responses_sha256": responses_digest(run, arm.name)})
        run.update_manifest(lambda manifest, sealed=sealed: manifest.with_arms(sealed))  # type: ignore[misc]
        counts[arm.name] = len(rows)
    return counts


def _prepare(run: RunDirectory, part: RunDirectory, shard: Shard) -> None:
    """Write the shard's files, or see that those there are still the run's; the manifest last."""
    manifest = write_trained_arms(run)
    arms = {name: _as_elsewhere(run, arm) for name, arm in manifest.arms.items()}
    if part.manifest.exists():
        refuse(_changed(run, part))
        new = [arm for name, arm in arms.items() if name not in part.read_manifest().arms]
        part.update_manifest(lambda there: there.with_arms(*new))
        return
    shutil.copyfile(run.config, part.config)
    shutil.copyfile(run.probes, part.probes)
    part.write_manifest(manifest.model_copy(update={"arms": arms, "shard": shard}))


def _as_elsewhere(run: RunDirectory, arm: Arm) -> Arm:
    """Return an arm that nothing was asked of, as another run's manifest must say it."""
    return new_arm(arm.name, source_elsewhere(run, arm.source), step=arm.step, run=arm.run)


def _parts(run: RunDirectory) -> list[RunDirectory]:
    """Return the folders of all shards.

    Raises:
        InputError: there are none, some are missing, or they are parts of several divisions.
    """
    folders = shard_folders(run.root)
    divisions = {shard.of for shard in folders}
    if len(divisions) != 1:
        what = "holds no shards" if not divisions else f"holds shards of {sorted(divisions)} parts"
        fix = f"ask them with `audit generate {run.root} --shard 1/N`; remove those of another N"
        raise InputError(Problem(str(run.root / FOLDER), what, fix))
    of = divisions.pop()
    wanted = [Shard(number=number, of=of) for number in range(1, of + 1)]
    refuse([_not_asked(run, shard) for shard in wanted if shard not in folders])
    return [RunDirectory(folders[shard]) for shard in wanted]


def _not_asked(run: RunDirectory, shard: Shard) -> Problem:
    fix = f"run `audit generate {run.root} --shard {shard}`"
    return Problem(str(run.root / FOLDER / shard.folder), "is not there", fix)


def _changed(run: RunDirectory, part: RunDirectory) -> list[Problem]:
    fix = "undo the change, or remove the folder and ask the shard again"
    pairs = ((run.config, part.config), (run.probes, part.probes))
    return [
        Problem(str(theirs), "is not the run's own, from which it was copied", fix)
        for ours, theirs in pairs
        if of_files([ours]) != of_files([theirs])
    ]


def _unfinished(run: RunDirectory, part: RunDirectory) -> list[Problem]:
    manifest = part.read_manifest()
    arms = manifest.arms.values()
    waiting = [arm.name for arm in arms if not arm.asked]
    missing = sorted(run.read_manifest().arms.keys() - manifest.arms.keys())
    fix = f"run `audit generate {run.root} --shard {manifest.shard}`"
    problems = _changed(run, part)
    if waiting or missing:
        what = f"has not answered as {', '.join(waiting + missing)}"
        problems.append(Problem(str(part.root), what, fix))
    return problems + [found for arm in arms if (found := changed_responses(part, arm))]


def _differing(parts: list[RunDirectory], name: str) -> list[Problem]:
    """Return the shards that did not answer as the first did."""
    first = parts[0].read_manifest().identity_of(name)
    problems = []
    for part in parts[1:]:
        now = part.read_manifest().identity_of(name)
        if not (isinstance(first, Identity) and isinstance(now, Identity)):
            continue
        if others := differing(first, now, may_differ=()):
            what = f"{name} differs from that of {parts[0].root.name} in {', '.join(others)}"
            fix = "ask all shards with one engine, precision and kind of device"
            problems.append(Problem(str(part.root), what, fix))
    return problems


def _gathered(
    run: RunDirectory, parts: list[RunDirectory], name: str
) -> tuple[Arm, list[Response]]:
    """Return an arm with the answers of all shards, in the order of the probes.

    Raises:
        InputError: a probe was answered twice or not at all.
    """
    arms = [part.read_manifest().arms[name] for part in parts]
    rows = [row for part in parts for _, row in read_records(part.responses(name), Response)]
    answers = {(row.probe_id, row.sample): row for row in rows}
    samples = load_run_config(run.config).generation.samples
    expected = [(one.id, sample) for one in read_probes(run.probes) for sample in range(samples)]
    counts = Counter((row.probe_id, row.sample) for row in rows)
    if counts != Counter(expected):
        probe, sample = next(iter((counts - Counter(expected)) or (Counter(expected) - counts)))
        what = f"answers {probe} (sample {sample}) {counts[probe, sample]} times"
        fix = "remove the folders of its shards, and ask them again"
        raise InputError(Problem(f"{run.root / FOLDER}: {name}", what, fix))
    ours = run.read_manifest().arms[name]
    proofs = [arm.weights_proof for arm in arms if arm.weights_proof]
    found = {
        "identity": arms[0].identity,
        "asked": True,
        "sessions": max(arm.sessions for arm in arms),
        "relative_weight_change": arms[0].relative_weight_change,
        "merging_rounding_error": arms[0].merging_rounding_error,
        "taken_on": arms[0].taken_on,
        "weights_proof": max(proofs, key=lambda one: one.largest_difference, default=None),
    }
    return ours.model_copy(update=found), [answers[place] for place in expected]
