"""Are the run's files still those that its manifest speaks of?

What was asked, and what was answered, is noted by its sha256 when it is complete. Whoever reads
the files later looks whether they are still the same, so that no verdict stands on other probes or
other answers than were asked and given.
"""

from audit.errors import InputError, Problem
from audit.files import digests
from audit.files.lines import refuse
from audit.run.arm import Arm, ImportedAnswers
from audit.run.directory import RunDirectory


def probes_digest(run: RunDirectory) -> str:
    """Return the sha256 of the run's probes.jsonl."""
    return digests.of_files([run.probes])


def responses_digest(run: RunDirectory, arm: str) -> str:
    """Return the sha256 of an arm's responses."""
    return digests.of_files([run.responses(arm)])


def refuse_changed_files(run: RunDirectory, *, may_be_asked_again: bool = False) -> None:
    """Refuse a run whose probes, or whose complete answers, are no longer those of its manifest.

    Answers that are gone altogether are no problem where they may be asked again.

    Raises:
        InputError: with every file that was changed or removed.
    """
    manifest = run.read_manifest()
    problems = []
    if not run.probes.is_file():
        fix = "restore it from a copy, or start a new run"
        raise InputError(Problem(str(run.probes), "is not there", fix))
    if manifest.probes_sha256 not in (None, probes_digest(run)):
        what = "was changed after the run was made (its sha256 is another)"
        fix = "restore it, or ask the changed probes in a new run"
        problems.append(Problem(str(run.probes), what, fix))
    arms = [
        arm
        for arm in manifest.arms.values()
        if not may_be_asked_again or run.responses(arm.name).exists()
    ]
    problems += [found for arm in arms if (found := changed_responses(run, arm))]
    refuse(problems)


def is_complete(run: RunDirectory, arm: Arm) -> bool:
    """Say whether an arm has answered every probe, and its answers are there."""
    return arm.asked and run.responses(arm.name).is_file()


def changed_responses(run: RunDirectory, arm: Arm) -> Problem | None:
    """Return what is wrong with an arm's complete answers, or None where they are as noted."""
    path = run.responses(arm.name)
    if not arm.asked or arm.responses_sha256 is None:
        return None
    fix = "restore it, or ask or import the answers in a new run"
    if not path.is_file():
        return Problem(str(path), "is not there, though every probe was answered", fix)
    if isinstance(arm.source, ImportedAnswers):  # its user's own: judging them anew is enough
        return None
    if responses_digest(run, arm.name) != arm.responses_sha256:
        return Problem(str(path), "was changed after the last answer (its sha256 is another)", fix)
    return None


def material_of(run: RunDirectory, arms: list[str]) -> dict[str, str]:
    """Return, by arm, the sha256 of all that a judge's verdicts of it are made of."""
    asked = probes_digest(run)
    return {
        arm: digests.of_json([asked, responses_digest(run, arm)])
        for arm in arms
        if run.responses(arm).is_file()
    }


def refuse_stale_comparison(run: RunDirectory, arms: list[str]) -> None:
    """Refuse a comparison that was made of other answers than those that are there now.

    Raises:
        InputError: names comparison.json.
    """
    made_of = run.read_manifest().compared
    if made_of is not None and made_of != material_of(run, arms):
        what = "was made of other answers or probes than those that are here"
        fix = f"run `audit score {run.root}` and `audit compare {run.root}` again"
        raise InputError(Problem(str(run.comparison), what, fix))


def refuse_stale_verdicts(run: RunDirectory, judge: str, arms: list[str]) -> None:
    """Refuse verdicts that were made of other answers than those that are there now.

    Raises:
        InputError: with every file of such verdicts.
    """
    made_of, now = run.read_manifest().scored.get(judge), material_of(run, arms)
    if made_of is None:  # an older audit did not note it
        return
    what = "was made of other answers or probes than those that are here"
    fix = f"run `audit score {run.root}` again"
    refuse(
        [
            Problem(str(run.verdicts(arm, judge)), what, fix)
            for arm in arms
            if arm in made_of and made_of[arm] != now.get(arm)
        ]
    )
