"""Ask the arms of several runs with one engine, each run as if it were asked alone."""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from audit.errors import AuditError
from audit.files.digests import of_json
from audit.run.directory import RunDirectory
from audit.run.messages import Progress, Tell
from audit.run.stage_program import run_program_on_several
from probes.engines.engine import Loading
from probes.engines.loading import load_engine
from probes.here import ask_arms
from probes.preparing import Prepared, Read, prepare

Sort = tuple[Loading, str]
"""What an engine is loaded with but for its room, and the digest of the settings of `generation`.

Runs in which both are the same can share it, and no arm's identity shows that they did."""


def ask_together(runs: list[RunDirectory], tell: Tell) -> None:
    """Ask the runs that can share an engine, as many as can; the others are left as they are.

    A run that something is wrong with is left out as well, since asking it alone says what.
    """
    read = Read()
    prepared = [one for run in runs if (one := _prepared(run, read, tell))]
    shared = _largest(prepared)
    if not shared:
        return
    longest = max(one.loading.longest for one in shared)
    names = ", ".join(one.run.root.name for one in shared)
    began = time.monotonic()
    tell(f"loading the engine that answers in {names}")
    loading = replace(shared[0].loading, longest=longest)
    engine = load_engine(loading, shared[0].config.generation, tell)
    for number, one in enumerate(shared, 1):
        try:
            ask_arms(one, engine, _counted(tell, number, len(shared)))
        except AuditError as error:
            tell(f"{one.run.root.name} is asked alone later: {error}")
            continue
        ended = time.monotonic()
        _note_seconds(one.run, ended - began)
        began = ended


def _prepared(run: RunDirectory, read: Read, tell: Tell) -> Prepared | None:
    try:
        return prepare(run, tell, read)
    except AuditError as error:
        tell(f"{run.root.name} is not asked together with the others: {error}")
        return None


def _largest(prepared: Sequence[Prepared]) -> list[Prepared]:
    """Return the most runs that one engine can answer for."""
    sorts: dict[Sort, list[Prepared]] = defaultdict(list)
    for one in prepared:
        settings = of_json(one.config.generation.model_dump(mode="json"))
        sorts[replace(one.loading, longest=0), settings].append(one)
    return max(sorts.values(), key=len, default=[])


def _counted(tell: Tell, number: int, total: int) -> Tell:
    """Return what tells of a run's progress as that of one of several."""

    def told(news: Progress | str) -> None:
        if isinstance(news, Progress):
            news = replace(news, task=f"{news.task} ({number} of {total})")
        tell(news)

    return told


def _note_seconds(run: RunDirectory, seconds: float) -> None:
    """Note how long a run was asked; the engine's start counts with the first."""
    run.update_manifest(lambda manifest: manifest.with_seconds("generate", seconds))


if __name__ == "__main__":
    run_program_on_several(RunDirectory, ask_together)
