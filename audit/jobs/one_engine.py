"""How are several runs asked with one start of an engine?"""

from collections.abc import Sequence

from audit.errors import AuditError
from audit.jobs.child import run_child
from audit.run.directory import RunDirectory
from audit.run.messages import Tell

TOGETHER = 2
"""Fewer runs are asked alone."""


def ask_with_one_engine(runs: Sequence[RunDirectory], called: str, tell: Tell) -> None:
    """Ask as many of the runs, whose locks are held, as one engine can answer for.

    What is left undone, for whatever reason, each run asks by itself, and says what is wrong.
    `called` is what the runs are, in the plural.
    """
    if len(runs) < TOGETHER:
        return
    tell(f"asking {len(runs)} {called} with one start of the engine")
    first, others = runs[0], [run.root for run in runs[1:]]
    try:
        run_child("probes.together", first.root, first.log("generate"), tell, others=others)
    except AuditError as error:
        tell(f"not all could be asked together, so the others are asked alone: {error}")
