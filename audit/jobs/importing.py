"""How does a run come of responses that were written elsewhere?"""

from pathlib import Path

from audit import __version__
from audit.errors import InputError, Problem
from audit.files import digests
from audit.files.lines import refuse, write_atomically, write_records
from audit.files.locking import refuse_used
from audit.files.tables import read_table_records
from audit.records import ImportedResponse, Probe, Response
from audit.run.arm import AFTER, BEFORE, Arm, ImportedAnswers, new_arm
from audit.run.directory import RunDirectory
from audit.run.identity import Unknown
from audit.run.manifest import new_manifest
from audit.run.seals import probes_digest, responses_digest
from audit.settings.run_config import RunConfig
from audit.settings.yaml_file import dump
from probes.sets.library import read_probes


def import_responses(
    before: Path, after: Path, probes: Path, root: Path, command: str
) -> dict[str, int]:
    """Make a run of responses that were written elsewhere, and count them by arm.

    An import that was killed is finished by the same command, and a finished one stays as it is.

    Raises:
        InputError: with all problems of the files at once, or the folder holds something else.
    """
    run = RunDirectory(root)
    config = dump(_configuration(probes))
    _refuse_another(run, config)
    asked = read_probes(probes)
    files = {BEFORE: before, AFTER: after}
    answers = {arm: _read_imported(file, asked) for arm, file in files.items()}
    counts = {arm: len(responses) for arm, responses in answers.items()}
    with run.claimed():
        _refuse_another(run, config)
        if run.manifest.exists():
            _refuse_other_sources(run, asked, files)
            return counts
        write_atomically(run.config, config)
        write_records(run.probes, asked)
        for arm, responses in answers.items():
            write_records(run.responses(arm), responses)
        arms = [imported_arm(run, name, file) for name, file in files.items()]
        asked_sha256 = probes_digest(run)
        run.write_manifest(new_manifest("import", __version__, command, None, arms, asked_sha256))
    return counts


def _refuse_another(run: RunDirectory, config: str) -> None:
    """Refuse a folder that holds anything but the begun import of these probes."""
    begun = run.config.is_file() and run.config.read_text(encoding="utf-8") == config
    if not begun:
        refuse_used(run.root)


def _refuse_other_sources(run: RunDirectory, asked: list[Probe], files: dict[str, Path]) -> None:
    """Refuse a finished import of other probes or answers.

    Raises:
        InputError: they are others, or were changed since.
    """
    found = {name: arm.source for name, arm in run.read_manifest().arms.items()}
    wanted = {name: _source(file) for name, file in files.items()}
    if found != wanted or read_probes(run.probes) != asked:
        what = "the folder holds a run of other probes or answers"
        raise InputError(Problem(str(run.root), what, "name a new folder"))


def _configuration(probes: Path) -> RunConfig:
    return RunConfig.model_validate(
        {
            "model": {"path": "unknown"},
            "preferences": {"path": "unknown"},
            "probes": [{"set": "imported", "path": str(probes.resolve())}],
        }
    )


def imported_arm(run: RunDirectory, name: str, file: Path | None) -> Arm:
    """Return an arm of answers that stand in the run, and were read from the file if from any."""
    arm = new_arm(name, _source(file), step=None, run=None)
    answered = {"responses_sha256": responses_digest(run, name), "asked": True, "sessions": 1}
    return arm.model_copy(update={"identity": Unknown(), **answered})


def _source(file: Path | None) -> ImportedAnswers:
    return ImportedAnswers(
        kind="imported",
        file=str(file.resolve()) if file else None,
        file_sha256=digests.of_files([file]) if file and file.is_file() else None,
    )


def _read_imported(path: Path, probes: list[Probe]) -> list[Response]:
    """Read responses of which only probe_id and text must be given.

    Raises:
        InputError: rows that cannot be read, answer no probe, or answer one twice; all at once.
    """
    known = {probe.id for probe in probes}
    first: dict[tuple[str, int], str] = {}
    problems: list[Problem] = []
    responses = []
    for where, row in read_table_records(path, ImportedResponse):
        key = (row.probe_id, row.sample)
        if row.probe_id not in known:
            what = f'answers the probe "{row.probe_id}", which is not among the probes'
            problems.append(Problem(where, what, "add the probe, or drop the row"))
        if key in first:
            what = f'answers "{row.probe_id}" sample {row.sample} as {first[key]} does'
            problems.append(Problem(where, what, "give another sample number, or drop one"))
        first.setdefault(key, where)
        responses.append(Response.model_validate(row.model_dump()))
    refuse(problems)
    return responses
