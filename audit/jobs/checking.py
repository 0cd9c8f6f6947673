"""What happens in a check? A candidate is asked, judged and compared with the baseline."""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from audit import __version__
from audit.errors import InputError, Problem
from audit.files.digests import of_files
from audit.files.lines import refuse, write_atomically
from audit.files.locking import is_locked, refuse_used
from audit.jobs import stages
from audit.jobs.candidate import (
    Subject,
    model_named,
    server_named,
    subject_of_model,
    subject_of_run,
    subject_of_server,
)
from audit.jobs.judging import Judging, judge_of_run
from audit.jobs.judging_ahead import judging_ahead
from audit.run.arm import AFTER, BEFORE, Arm, new_arm
from audit.run.directory import RunDirectory
from audit.run.history import Baseline, Check, CheckedAxis, CheckedDifference, History
from audit.run.manifest import Blessed, new_manifest
from audit.run.messages import Tell
from audit.run.model_folder import is_local
from audit.run.naming import RUNS
from audit.run.seals import changed_responses, probes_digest, refuse_changed_files
from audit.settings.gate import Gate
from audit.settings.run_config import RunConfig
from audit.settings.yaml_file import dump, load_run_config
from probes.sets.library import read_probes


@dataclass(frozen=True)
class Case:
    """What is held against what, by which gate (the baseline's own if null)."""

    candidate: Subject
    baseline: Subject
    gate: Gate | None
    command: str
    blessed: Baseline | None
    """As what the baseline was blessed; null where it was named by its folder."""
    trust_endpoints: bool
    """Whether servers that the baseline's configuration names may be asked."""


def find_baseline(named: str, arm: str, history: History) -> Subject:
    """Return the arm of a run folder, or of the baseline that was blessed under the name.

    Raises:
        InputError: there is no such folder and no such name, or the blessed arm has changed.
    """
    if Path(named).is_dir():
        return subject_of_run(RunDirectory(Path(named)), arm)
    blessed = history.baseline(named)
    if blessed is None:
        known = ", ".join(sorted({row.name for row in history.baselines()})) or "none"
        fix = f"name a run folder, or a blessed baseline ({known})"
        raise InputError(Problem("--baseline", f'"{named}" is neither here', fix))
    subject = subject_of_run(RunDirectory(Path(blessed.run)), blessed.arm)
    if subject.sha256 != blessed.sha256:
        what = f'the baseline "{named}" is no longer what was blessed'
        raise InputError(Problem(blessed.run, what, "bless it again, with the reason"))
    return subject


def blessing(named: str, history: History) -> Baseline | None:
    """Return the blessing that a baseline's name means; null where a folder is named."""
    return None if Path(named).is_dir() else history.baseline(named)


def find_candidate(named: str, baseline: Subject, arm: str = AFTER) -> Subject:
    """Return the candidate: the arm of a finished run, an adapter, a model, or one behind a server.

    Raises:
        InputError: it is none of these, or the baseline has no weights to ask it beside.
    """
    if served := server_named(named):
        if baseline.model is not None:
            what = "is served, and the baseline was asked here: they would differ in more than "
            fix = "serve the baseline too, and compare both with `audit compare-models`"
            raise InputError(Problem(named, what + "weights (engine, precision, device)", fix))
        return subject_of_server(served)
    run = RunDirectory(Path(named))
    if run.manifest.exists():
        return subject_of_run(run, arm)
    is_hub_id = "/" in named and not is_local(model_named(named))
    if not run.root.is_dir() and not is_hub_id:
        fix = "name a checkpoint's folder, a hub id, or a finished run"
        raise InputError(Problem(named, "there is no such folder", fix))
    if baseline.model is None:
        fix = "name a baseline that this audit asked itself, or import the candidate's responses"
        what = f"was {baseline.source.kind}, and has no model"
        raise InputError(Problem(baseline.name, what, fix))
    return subject_of_model(named, baseline.model)


def check(case: Case, root: Path, history: History, tell: Tell) -> Check:
    """Ask what is not asked yet, judge, compare, report, and write it into the history last.

    The same check that was begun in the folder and stopped is taken up.
    """
    run, trusted = RunDirectory(root), case.trust_endpoints
    with run.claimed():
        judging = begin(run, case, history, tell)
        if not all(arm.asked for arm in run.read_manifest().arms.values()):
            with judging_ahead(run, judging):
                stages.generate(run, tell, own_servers=[AFTER], trust_endpoints=trusted)
        stages.score(run, tell, trust_endpoints=trusted)
        stages.compare(run)
        stages.report(run)
        finding = _finding(run, case)
        history.add(finding)
    return finding


def begin(run: RunDirectory, case: Case, history: History, tell: Tell) -> Judging:
    """Write what the check needs, or take up what stands there, and return the run's judge.

    The run's lock is held.

    Raises:
        InputError: the folder holds something else, or the judge cannot be used, which is told
            before anything is asked.
    """
    if not _is_stopped(run, case, history):
        _prepare(run, case)
    return judge_of_run(run, tell, trust_endpoints=case.trust_endpoints)


def stopped_check(name: str, case: Case, history: History) -> Path | None:
    """Return the newest folder under runs/ in which the same check was begun and stopped.

    One that is still being worked on is left to whoever does, and a broken one alone.
    """
    for folder in sorted(RUNS.glob(f"{name}-*"), reverse=True):
        try:
            stopped = _is_stopped(RunDirectory(folder), case, history)
        except InputError:
            continue
        if stopped and not is_locked(folder, "run"):
            return folder
    return None


def _is_stopped(run: RunDirectory, case: Case, history: History) -> bool:
    """Say whether a folder holds the same check, by the same command, and the history does not."""
    if not run.manifest.exists():
        return False
    manifest, sides = run.read_manifest(), {BEFORE: case.baseline, AFTER: case.candidate}
    return (
        manifest.origin == "check"
        and manifest.command == case.command
        and manifest.arms.keys() == sides.keys()
        and all(_is_of(manifest.arms[name], side) for name, side in sides.items())
        and load_run_config(run.config) == _configuration(case)
        and str(run.root.resolve()) not in {row.run for row in history.checks()}
    )


def _is_of(arm: Arm, side: Subject) -> bool:
    """Say whether an arm is the one that a side of the check asks for."""
    answers = side.arm.responses_sha256 if side.arm else None
    return arm.source == side.source and answers in (None, arm.responses_sha256)


def bless(history: History, run: RunDirectory, arm: str, name: str, reason: str) -> Baseline:
    """Make a run's arm the baseline of the name."""
    refuse_changed_files(run)
    subject = subject_of_run(run, arm)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    blessed = Baseline(name, str(run.root.resolve()), arm, subject.sha256, reason, now)
    history.bless(blessed)
    return blessed


def gate_in_force(gate: Gate | None, baseline: Subject) -> Gate:
    """Return the gate that will decide: the given one, or the baseline's own.

    Raises:
        InputError: the baseline has no answers, or its probes could never pass the gate or
            lack a category that it names.
    """
    from reports.axes import unfit

    if baseline.asked_in is None:
        raise InputError(Problem(baseline.name, "has no answers", "name a finished run"))
    config = load_run_config(baseline.asked_in.config)
    deciding = gate or config.gate
    probes = read_probes(baseline.asked_in.probes)
    refuse(unfit(deciding, probes, config.generation))
    return deciding


def _finding(run: RunDirectory, case: Case) -> Check:
    """Return the finished check as the history holds it."""
    from reports.comparison.outcome import changes_by_axis
    from reports.results.comparison import read_comparison

    comparison = read_comparison(run)
    axes = {
        name: CheckedAxis(
            CheckedDifference(change.estimate, change.low, change.high),
            result.margin,
            result.status,
        )
        for name, result in comparison.axes.items()
        for change in [result.difference]
    }
    return Check(
        checked_at=datetime.now(UTC).isoformat(timespec="seconds"),
        candidate=case.candidate.name,
        candidate_sha256=_digest_when_asked(run, case.candidate),
        baseline=case.baseline.name,
        baseline_sha256=case.baseline.sha256,
        run=str(run.root.resolve()),
        verdict=comparison.verdict,
        axes=axes,
        changes=changes_by_axis(run),
        judge_sha256=comparison.judge.sha256,
        probes_sha256=of_files([run.probes]),
        answers_sha256=of_files([run.responses("before")]),
        blessed_at=case.blessed.blessed_at if case.blessed else None,
        gate=load_run_config(run.config).gate,
    )


def _digest_when_asked(run: RunDirectory, candidate: Subject) -> str:
    """Return the digest of a candidate; a server's model is known by its answers alone."""
    return of_files([run.responses(AFTER)]) if candidate.served else candidate.sha256


def _configuration(case: Case) -> RunConfig:
    """Return what the baseline was asked with, the candidate's server, and the deciding gate."""
    gate, asked = gate_in_force(case.gate, case.baseline), case.baseline.asked_in
    if asked is None:
        raise ValueError(case.baseline.name)
    config = load_run_config(asked.config).with_servers([case.candidate.served])
    return config.model_copy(update={"gate": gate})


def _prepare(run: RunDirectory, case: Case) -> None:
    """Write what a check needs, with all answers that need not be asked again."""
    config, asked = _configuration(case), case.baseline.asked_in
    if asked is None:
        raise ValueError(case.baseline.name)
    refuse_used(run.root)
    _refuse_other_probes(case.candidate, asked)
    write_atomically(run.config, dump(config))
    shutil.copyfile(asked.probes, run.probes)
    arms = [_arm(run, BEFORE, case.baseline), _arm(run, AFTER, case.candidate)]
    model = case.baseline.model
    manifest = new_manifest("check", __version__, case.command, model, arms, probes_digest(run))
    run.write_manifest(manifest.model_copy(update={"blessed": _noted(case.blessed)}))


def _noted(blessed: Baseline | None) -> Blessed | None:
    """Return what the manifest says of a blessing; its folder and digest stand with the arm."""
    return (
        Blessed(**{key: getattr(blessed, key) for key in Blessed.model_fields}) if blessed else None
    )


def _arm(run: RunDirectory, name: str, side: Subject) -> Arm:
    """Return the arm for one side, with its answers where it was asked in another run."""
    if side.asked_in is None or side.arm is None:
        return new_arm(name, side.source, step=side.step, run=None)
    target = run.responses(name)
    target.parent.mkdir(parents=True)
    spoilt = changed_responses(side.asked_in, side.arm) is not None
    if not spoilt:
        shutil.copyfile(side.asked_in.responses(side.arm.name), target)
    root = str(side.asked_in.root.resolve())
    here = {
        "name": name,
        "source": side.source,
        "run": side.arm.run or root,
        "reused_from": f"{root}#{side.arm.name}",
    }
    again = {"asked": False, "responses_sha256": None} if spoilt else {}
    return side.arm.model_copy(update={**here, **again})


def _refuse_other_probes(candidate: Subject, asked: RunDirectory) -> None:
    if candidate.asked_in is None:
        return
    if of_files([candidate.asked_in.probes]) != of_files([asked.probes]):
        what = "was asked other probes than the baseline"
        raise InputError(Problem(candidate.name, what, "ask both the same probes.jsonl"))
