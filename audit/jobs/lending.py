"""What need a run of a sweep not compute again, since another run of the sweep has it?

The reference's log-probabilities stand under the digest of all that they depend on, so that those
that fit are found. Answers before training are taken over with all that they depend on, and the
run's own engine asks again where anything differs.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

from audit.errors import InputError
from audit.run.arm import BEFORE, BEFORE_AGAIN
from audit.run.directory import RunDirectory
from audit.run.seals import changed_responses, is_complete


def take_over(run: RunDirectory, lenders: Sequence[RunDirectory]) -> None:
    """Take over what the run has not got yet; it can be repeated after a kill."""
    for lender in lenders:
        if not lender.manifest.exists():
            continue
        _take_reference(run, lender)
        try:
            for name in (BEFORE, BEFORE_AGAIN):
                _take_answers(run, lender, name)
        except InputError:  # what is wrong with another run is for its own command to say
            continue


def _take_reference(run: RunDirectory, lender: RunDirectory) -> None:
    for kept in (lender.train / "reference").glob("*.parquet"):
        place = run.train / "reference" / kept.name
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            _copy(kept, place)


def _take_answers(run: RunDirectory, lender: RunDirectory, name: str) -> None:
    """Take over an arm's complete answers, with their identity before the answers themselves.

    A kill between the two leaves an arm without answers, which is asked; the other way round its
    answers would count as its own, and be held against nothing.
    """
    mine, theirs = (at.read_manifest().arms.get(name) for at in (run, lender))
    if mine is None or mine.identity is not None or theirs is None:
        return
    if mine.source != theirs.source or not is_complete(lender, theirs):
        return
    if changed_responses(lender, theirs) is not None:
        return
    root = str(lender.root.resolve())
    here = {"run": theirs.run or root, "reused_from": f"{root}#{name}"}
    taken = theirs.model_copy(update=here)
    run.update_manifest(lambda manifest: manifest.with_arms(taken))
    _copy(lender.responses(name), run.responses(name))


def _copy(source: Path, place: Path) -> None:
    """Copy a file, which is there whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = place.with_name(f"{place.name}.partial")
    shutil.copyfile(source, partial)
    partial.replace(place)
