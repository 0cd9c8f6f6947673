"""How are all candidates of a night asked with one start of an engine?"""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from audit.errors import AuditError
from audit.jobs.checking import Case, begin
from audit.jobs.one_engine import ask_with_one_engine
from audit.run.arm import ServedModel
from audit.run.directory import RunDirectory
from audit.run.history import History
from audit.run.messages import Tell
from audit.run.models_here import model_to_ask
from audit.run.seals import refuse_changed_files
from audit.settings.yaml_file import load_run_config


def ask_together(cases: Sequence[tuple[Case, Path]], history: History, tell: Tell) -> None:
    """Begin each check in its folder, and ask as many candidates as possible with one engine.

    What is left undone, for whatever reason, is left to the check itself, which takes up what
    stands in its folder, asks what is missing, and says what is wrong.
    """
    with ExitStack() as held:
        begun = [_begun(case, RunDirectory(root), history, held, tell) for case, root in cases]
        ask_with_one_engine([run for run in begun if run], "candidates", tell)


def _begun(
    case: Case, run: RunDirectory, history: History, held: ExitStack, tell: Tell
) -> RunDirectory | None:
    """Return a check's run, its lock held, or null where it cannot be asked beside others."""
    try:
        held.enter_context(run.claimed())
        begin(run, case, history, tell)
        refuse_changed_files(run, may_be_asked_again=True)
        if load_run_config(run.config).generation.stop_when_decided:
            return None  # judged between its batches, by its own check
        arms = run.read_manifest().arms.values()
        if all(arm.asked for arm in arms):
            return None
        for arm in arms:
            if isinstance(arm.source, ServedModel):
                return None
            model_to_ask(run, arm)
    except AuditError:
        return None  # the check itself will say so
    return run
