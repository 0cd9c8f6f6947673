"""What can every judge do, whatever its kind?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from audit.errors import Problem
    from audit.run.judge_identity import JudgeIdentity
    from audit.run.judging_folder import JudgePrompt, Reply
    from reports.judges.asked import AskedJudge
    from reports.judges.judgement import Exchange, Judgement

Ask = Callable[["AskedJudge", "list[JudgePrompt]"], "dict[str, Reply]"]
"""Asks a judge's model, and returns the reply to each question by its id."""


class Judge(Protocol):
    """One kind of judge under the name that it is configured by."""

    @property
    def name(self) -> str:
        """The name that its verdicts stand under."""

    @property
    def identity(self) -> JudgeIdentity:
        """What its labels depend on; a judge with a model must have been `located` before."""

    @property
    def chat(self) -> AskedJudge | None:
        """The judge itself where it is a chat model that can be asked anything, else null."""

    def located(self) -> Judge:
        """Return the same judge with the files of its model found.

        Raises:
            InputError: they are not there, or the model cannot be asked in this form.
        """

    def lacks(self, *, fetch: bool, vllm: bool) -> list[Problem]:
        """Return what it lacks here to be asked.

        `fetch` says whether a model that is not here yet is fetched now, `vllm` whether that
        engine is installed.
        """

    def has_seen(self, prompt: str, response: str) -> bool:
        """Say whether it is known to have been trained on this response."""

    def judge_all(self, exchanges: Sequence[Exchange], ask: Ask) -> list[Judgement]:
        """Return a judgement of each exchange, in their order."""
