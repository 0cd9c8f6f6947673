"""What happens in a run? Train, ask, judge, compare, report: each stage from files to files."""

import time
from collections.abc import Sequence
from pathlib import Path

from audit import __version__
from audit.child import run_child
from audit.config import RunConfig
from audit.configuration_file import dump, load_run_config
from audit.errors import InputError, Problem
from audit.files import write_atomically, write_json, write_records
from audit.model_folder import ModelFolder, find_model
from audit.records import Probe, Status
from audit.run_directory import AGAIN, MANIFEST_VERSION, RunDirectory
from audit.stage_program import Tell
from probes.selection import select_probes
from probes.sets import read_probes


def train_and_compare(
    config: RunConfig, root: Path, command: str, tell: Tell, *, resume: bool
) -> Status:
    """Run every stage that is not done yet, and return the verdict."""
    run = start(config, root, command, resume=resume)
    with run.locked("run", wait_seconds=0):
        if not run.is_done("train"):
            train(run, tell)
        if "after" not in run.arms_asked():
            generate(run, tell)
        tell("judging, comparing and writing the report")
        score(run)
        verdict = compare(run)
        report(run)
    return verdict


def start(config: RunConfig, root: Path, command: str, *, resume: bool) -> RunDirectory:
    """Make the run directory, or take up the one that stands there.

    Raises:
        InputError: the folder holds another run or other files, or the model is unusable.
    """
    run = RunDirectory(root)
    if run.manifest.exists():
        _refuse_another_run(run, config, resume=resume)
        return run
    if root.is_dir() and any(root.iterdir()) and not resume:
        fix = "name a new folder, or add --resume if a run was begun there"
        raise InputError(Problem(str(root), "the folder is not empty", fix))
    prepare(run, config, find_model(config.model), command)
    return run


def prepare(run: RunDirectory, config: RunConfig, model: ModelFolder, command: str) -> None:
    """Write what the stages need: configuration, probes, and last the manifest."""
    run.root.mkdir(parents=True, exist_ok=True)
    write_atomically(run.config, dump(config))
    write_records(run.probes, select_probes(config.probes))
    write_json(
        run.manifest,
        {
            "version": MANIFEST_VERSION,
            "audit_version": __version__,
            "command": command,
            "model": model.record(),
            "arms": {},
            "done": {},
        },
    )


def train(run: RunDirectory, tell: Tell) -> None:
    """Train the adapter with DPO, in a program of its own."""
    _run_timed("train", "train", run, tell)


def generate(run: RunDirectory, tell: Tell) -> None:
    """Ask every arm the probes, in a program of its own."""
    _run_timed("probes", "generate", run, tell)


def score(run: RunDirectory) -> None:
    """Judge every arm's responses."""
    from reports.scoring import score_arm

    probes = read_probes(run.probes)
    for arm in arm_names(run):
        score_arm(run, arm, probes)
    run.update_manifest("done", {"score": True})


def compare(run: RunDirectory, others: Sequence[RunDirectory] = ()) -> Status:
    """Compare `after` with `before`, and write the comparison and every arm's rates.

    The arms of other runs stand beside this run's in the table of arms.
    """
    from reports.outcome import write_outcome
    from reports.rules_judge import identity

    config = load_run_config(run.config)
    verdict = write_outcome(run, config.gate, arm_names(run), identity(), list(others))
    run.update_manifest("done", {"compare": True})
    return verdict


def report(run: RunDirectory, *, redact: bool = False) -> Path:
    """Write the page, and beside it the tables, pictures and texts for machines and papers.

    A redacted page has a name of its own, and nothing is written beside it.
    """
    from reports.export import write_exports
    from reports.page import render_page
    from reports.report_facts import read_facts

    facts = read_facts(run)
    page = run.redacted_page if redact else run.page
    write_atomically(page, render_page(facts, redact=redact))
    if not redact:
        write_exports(facts, run.exports)
        run.update_manifest("done", {"report": True})
    return page


def report_many(runs: Sequence[RunDirectory], page: Path) -> None:
    """Write one page on several compared runs, those of a sweep for example."""
    from reports.report_facts import read_facts
    from reports.runs_page import render_runs

    write_atomically(page, render_runs([read_facts(run) for run in runs]))


def arm_names(run: RunDirectory) -> list[str]:
    """Return the run's arms in the order of training: before, again, the checkpoints, after.

    Raises:
        InputError: no arm has been asked yet.
    """
    arms = run.read_manifest().get("arms", {})
    if not arms:
        fix = f"run `audit generate {run.root}` first"
        raise InputError(Problem(str(run.root), "has no responses yet", fix))
    ends = {"before": -2, AGAIN: -1, "after": 2}
    return sorted(arms, key=lambda arm: (ends.get(arm, 1), arms[arm].get("step") or 0))


def import_responses(
    before: Path, after: Path, probes: Path, root: Path, command: str
) -> dict[str, int]:
    """Make a run of responses that were written elsewhere, and count them by arm.

    Raises:
        InputError: with all problems of the files at once.
    """
    from reports.importing import read_imported

    run = RunDirectory(root)
    if root.exists() and any(root.iterdir()):
        fix = "name a new folder"
        raise InputError(Problem(str(root), "the folder is not empty", fix))
    asked: list[Probe] = read_probes(probes)
    arms = {"before": read_imported(before, asked), "after": read_imported(after, asked)}
    run.root.mkdir(parents=True, exist_ok=True)
    write_records(run.probes, asked)
    for arm, responses in arms.items():
        write_records(run.responses(arm), responses)
    imported = RunConfig.model_validate(
        {
            "model": {"path": "unknown"},
            "preferences": {"path": "unknown"},
            "probes": [{"set": "imported", "path": str(probes.resolve())}],
        }
    )
    write_atomically(run.config, dump(imported))
    write_json(
        run.manifest,
        {
            "version": MANIFEST_VERSION,
            "audit_version": __version__,
            "command": command,
            "model": None,
            "arms": {arm: {"identity": "unknown", "step": None} for arm in arms},
            "done": {"import": True},
        },
    )
    return {arm: len(responses) for arm, responses in arms.items()}


def _run_timed(package: str, stage: str, run: RunDirectory, tell: Tell) -> None:
    """Run a stage program, and add its seconds to those of the stage's earlier sessions."""
    started = time.monotonic()
    run_child(package, stage, run, tell)
    before = run.read_manifest().get("seconds", {}).get(stage, 0.0)
    run.update_manifest("seconds", {stage: round(before + time.monotonic() - started, 1)})


def _refuse_another_run(run: RunDirectory, config: RunConfig, *, resume: bool) -> None:
    if not resume:
        fix = "add --resume to continue it, or name a new folder"
        raise InputError(Problem(str(run.root), "the folder holds a run already", fix))
    stored, now = load_run_config(run.config).model_dump(), config.model_dump()
    differing = [section for section in now if now[section] != stored[section]]
    if differing:
        what = f"the run was begun with another {', '.join(differing)}"
        fix = "undo the change, or start a new run"
        raise InputError(Problem(str(run.root), what, fix))
