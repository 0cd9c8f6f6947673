"""How does a judge behind a server work while later arms are still being asked?

It is asked about every arm that has answered, and its replies are kept as they always are; when the
run is judged they are there already. No verdict is written here, and what goes wrong is left for
judging itself to say.
"""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from audit.errors import AuditError
from audit.jobs.judging import Judging
from audit.run.directory import RunDirectory
from audit.run.judging_folder import JudgePrompt, Reply
from audit.settings.yaml_file import load_run_config
from probes.sets.library import read_probes
from reports.judges.asked import AskedJudge

SECONDS = 0.5
"""How often the manifest is read for arms that have answered."""


def judging_ahead(run: RunDirectory, judging: Judging) -> AbstractContextManager[None]:
    """Return a block of work during which the run's judge is asked about what has been answered.

    Only a judge that nothing here computes for has room beside the engine. Where the run may stop
    early, its answers are judged batch by batch in any case.
    """
    models = [one.model for one in judging.judge.identity.asked() if one.model]
    elsewhere = bool(models) and all(model.endpoint_url for model in models)
    if not elsewhere or load_run_config(run.config).generation.stop_when_decided:
        return nullcontext()
    return _Ahead(run, judging).at_work()


class _Ahead:
    """A thread that judges each arm once it has answered, until told that asking is over."""

    def __init__(self, run: RunDirectory, judging: Judging) -> None:
        self._run = run
        self._judging = judging
        self._over = threading.Event()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Work beside a block; after its good end, finish the arm that is being judged.

        After a bad one nobody waits: the program that asks ends with this one.
        """
        worker = threading.Thread(target=self._work, daemon=True)
        worker.start()
        try:
            yield
        finally:
            self._over.set()
        worker.join()

    def _work(self) -> None:
        from reports.scoring import judge_answers

        probes, judged = read_probes(self._run.probes), set[str]()
        while not self._over.wait(SECONDS):
            for arm in self._run.read_manifest().in_order():
                if not arm.asked or arm.name in judged or self._over.is_set():
                    continue
                judged.add(arm.name)
                try:
                    judge_answers(self._run, arm.name, probes, self._judging.judge, self._ask)
                except AuditError:
                    return

    def _ask(self, asked: AskedJudge, prompts: list[JudgePrompt]) -> dict[str, Reply]:
        """Ask as ever; a server that leaves a question open is not asked ahead any more."""
        replies = self._judging.ask(asked, prompts)
        if any(reply.text is None for reply in replies.values()):
            self._over.set()
        return replies
