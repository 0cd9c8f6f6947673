"""What happens in a run? Train, ask, judge, compare, report: each stage from files to files."""

import time
from collections.abc import Collection, Sequence
from pathlib import Path

from audit import __version__
from audit.errors import InputError, Problem
from audit.files.lines import refuse, write_atomically, write_records
from audit.jobs.child import run_child
from audit.jobs.inspecting import predict_training
from audit.jobs.judge_preflight import refuse_judge_without_room
from audit.jobs.judging import Judging, judge_of_run
from audit.jobs.judging_ahead import judging_ahead
from audit.jobs.lending import take_over
from audit.jobs.servers import refuse_servers_of_run
from audit.jobs.starting_adapter import keep_start, refuse_unfit_start, start_of
from audit.jobs.taking_up import refuse_another_run, refuse_used_folder
from audit.jobs.tracking import tell_trackers
from audit.jobs.trained_arms import untrained_arms, write_trained_arms
from audit.jobs.training_path import who_says_lost
from audit.jobs.until_decided import bring_back, who_says_enough
from audit.records import Status
from audit.run.arm import ServedModel
from audit.run.directory import RunDirectory
from audit.run.manifest import new_manifest
from audit.run.messages import IsEnough, Tell
from audit.run.model_folder import ModelFolder, find_model
from audit.run.models_here import model_to_ask, model_to_train
from audit.run.seals import (
    material_of,
    probes_digest,
    refuse_changed_files,
    refuse_stale_comparison,
    refuse_stale_verdicts,
)
from audit.run.weights import read_weights
from audit.settings.judges import Judges
from audit.settings.run_config import RunConfig
from audit.settings.yaml_file import dump, load_run_config
from probes.sets.library import read_probes
from probes.sets.selection import select_probes


def train_and_compare(
    config: RunConfig, root: Path, command: str, tell: Tell, *, resume: bool
) -> Status:
    """Run every stage that is not done yet, and return the verdict."""
    refuse_unusable_model(config, root)
    run = RunDirectory(root)
    with run.claimed():
        judging = begin_and_train(config, run, command, tell, resume=resume)
        if not all(arm.asked for arm in write_trained_arms(run).arms.values()):
            with judging_ahead(run, judging):
                generate(run, tell)
        verdict = conclude(run, tell)
        if config.train.trackers:
            report(run, redact=True)
            tell_trackers(run, tell)
        return verdict


def begin_and_train(
    config: RunConfig,
    run: RunDirectory,
    command: str,
    tell: Tell,
    *,
    resume: bool,
    lenders: Sequence[RunDirectory] = (),
) -> Judging:
    """Begin a run or take it up, train where that is not done yet, and return its judge.

    The run's lock is held. Whether the judge may judge this model, and whose error is cited, is
    settled before training. `lenders` are runs that may have computed a part of this one already.
    """
    from reports.judges.cited_error import cited_error

    start(config, run, command, resume=resume)
    take_over(run, lenders)
    judging = judge_of_run(run, tell, trust_endpoints=True)
    refuse_judge_without_room(config)
    if config.judge_error:
        cited_error(judging.judge.identity, Path(config.judge_error))
    if not run.read_manifest().done.train:
        train(run, tell, trust_endpoints=True)
    return judging


def conclude(run: RunDirectory, tell: Tell) -> Status:
    """Judge, compare and report a run whose configuration is the user's own."""
    score(run, tell, trust_endpoints=True)
    tell("comparing and writing the report")
    verdict = compare(run)
    report(run)
    return verdict


def refuse_unusable_model(config: RunConfig, root: Path) -> None:
    """Refuse a new run's model before its folder is made.

    Raises:
        InputError: a part of the model is missing, or its weights are quantized.
    """
    if not RunDirectory(root).manifest.exists():
        model = find_model(config.model)
        read_weights(model)
        refuse_unfit_start(config.train, model)


def start(config: RunConfig, run: RunDirectory, command: str, *, resume: bool) -> None:
    """Write what a new run needs, or take up the run that stands there; its lock is held.

    Raises:
        InputError: the folder holds another run or other files.
    """
    if run.manifest.exists():
        refuse_another_run(run, config, resume=resume)
        return
    refuse_used_folder(run.root, resume=resume)
    prepare(run, config, find_model(config.model), command)


def prepare(run: RunDirectory, config: RunConfig, model: ModelFolder, command: str) -> None:
    """Write what the stages need: configuration, probes, and last the manifest."""
    write_atomically(run.config, dump(config))
    write_records(run.probes, select_probes(config.probes))
    files = model.files()
    keep_start(run, config.train)
    arms = untrained_arms(files, config.generation, start_of(run, files))
    run.write_manifest(
        new_manifest("training", __version__, command, files, arms, probes_digest(run))
    )


def train(run: RunDirectory, tell: Tell, *, trust_endpoints: bool = False) -> None:
    """Train the adapter with DPO, in a program of its own, and write the arms that came of it.

    What it should do is predicted before, from the pairs. Where the probes are asked on the way,
    the judge may be a server that only the run names, if the user trusts it.
    """
    model_to_train(run)
    predict_training(run, tell)
    is_launched = load_run_config(run.config).train.is_launched
    is_lost = who_says_lost(run, tell, trust_endpoints=trust_endpoints)
    _run_timed("train.launch" if is_launched else "train", "train", run, tell, is_lost)
    write_trained_arms(run)


def generate(
    run: RunDirectory,
    tell: Tell,
    *,
    own_servers: Collection[str] = (),
    trust_endpoints: bool = False,
) -> None:
    """Ask every arm the probes, in a program of its own.

    `own_servers` are the arms whose servers the user has named; those that only the run names are
    asked where the user trusts them, since runs are sent around.

    Raises:
        InputError: an arm cannot be asked here, a server is not trusted, or a file of the run was
            changed.
    """
    for arm in write_trained_arms(run).arms.values():
        if not isinstance(arm.source, ServedModel):
            model_to_ask(run, arm)
    if not trust_endpoints:
        refuse_servers_of_run(run, own_servers)
    bring_back(run)
    refuse_changed_files(run, may_be_asked_again=True)
    is_enough = who_says_enough(run, tell, trust_endpoints=trust_endpoints)
    _run_timed("probes", "generate", run, tell, is_enough)


def score(
    run: RunDirectory,
    tell: Tell,
    name: str | None = None,
    judges: Judges | None = None,
    *,
    trust_endpoints: bool,
) -> None:
    """Judge every arm's responses with the run's judge, or with another of this name.

    `judges` join those of the configuration; a server that only the configuration names must be
    trusted, unless the user has given that configuration. Verdicts of other judges stay, and those
    of another judge that had the same name get one of their own.
    """
    from reports.scoring import score_arms

    refuse_changed_files(run)
    judging = judge_of_run(run, tell, name, judges, trust_endpoints=trust_endpoints)
    judge = judging.judge
    identity = judge.identity.model_dump(mode="json")
    run.keep_verdicts_of_another(identity)
    scored = score_arms(run, arm_names(run), judge, judging.ask)
    tell(f"{judge.name} {scored.sentence()}")
    made_of = material_of(run, arm_names(run))
    run.update_manifest(
        lambda manifest: (
            manifest.with_judge(identity).with_scored(judge.name, made_of).with_done("score")
        )
    )


def compare(
    run: RunDirectory,
    others: Sequence[RunDirectory] = (),
    judge: str | None = None,
    judge_error: Path | None = None,
) -> Status:
    """Compare `after` with `before` by a judge's verdicts, and write what came of it.

    The arms of other runs stand beside this run's in the table of arms. The judge is the run's
    where none is named; its error is cited from a file of `audit judge-eval`.
    """
    from reports.axes import unknown_categories
    from reports.comparison.outcome import write_outcome
    from reports.judges.cited_error import cited_error

    for member in (run, *others):
        refuse_changed_files(member)
    config = load_run_config(run.config)
    identity = run.judge_identity(judge or config.judge)
    error = judge_error or (Path(config.judge_error) if config.judge_error else None)
    identity = cited_error(identity, error) if error else identity
    refuse_stale_verdicts(run, identity.name, arm_names(run))
    refuse(unknown_categories(config.gate, read_probes(run.probes)))
    verdict = write_outcome(run, config.gate, arm_names(run), identity, list(others))
    made_of = material_of(run, arm_names(run))
    run.update_manifest(lambda manifest: manifest.with_compared(made_of).with_done("compare"))
    return verdict


def report(run: RunDirectory, *, redact: bool = False) -> Path:
    """Write the page, and beside it the tables, pictures and texts for machines and papers.

    A redacted page has a name of its own, and nothing is written beside it.
    """
    from reports.page.export import write_exports
    from reports.page.facts import read_facts
    from reports.page.page import render_page

    refuse_changed_files(run)
    refuse_stale_comparison(run, arm_names(run))
    facts = read_facts(run)
    page = run.redacted_page if redact else run.page
    write_atomically(page, render_page(facts, redact=redact))
    if not redact:
        write_exports(facts, run.exports)
        run.update_manifest(lambda manifest: manifest.with_done("report"))
    return page


def arm_names(run: RunDirectory) -> list[str]:
    """Return the run's arms that have answers: before, again, the checkpoints, after.

    Raises:
        InputError: no arm has been asked yet.
    """
    names = [arm.name for arm in run.read_manifest().begun()]
    if not names:
        fix = f"run `audit generate {run.root}` first"
        raise InputError(Problem(str(run.root), "has no responses yet", fix))
    return names


def _run_timed(
    package: str, stage: str, run: RunDirectory, tell: Tell, is_enough: IsEnough | None = None
) -> None:
    """Run a stage program, and add its seconds to those of the stage's earlier sessions."""
    started = time.monotonic()
    run_child(package, run.root, run.log(stage), tell, is_enough=is_enough)
    seconds = time.monotonic() - started
    run.update_manifest(lambda manifest: manifest.with_seconds(stage, seconds))
