"""How is `rules`, which needs no model, a judge like any other?"""

import json
from collections.abc import Sequence
from functools import cached_property

from audit.errors import Problem
from audit.files.borders import one_line
from audit.run.judge_identity import JudgeIdentity, MeasuredError
from audit.settings.judges import BUILTIN
from reports.judges.every_judge import Ask
from reports.judges.judgement import Exchange, Judgement, unscored
from reports.judges.rules.identity import VERSION, labels_depend_on
from reports.judges.rules.judge import ERROR, judge
from reports.judges.rules.training_rows import digest, seen_in_training

NOT_READ = (
    "asked in {language}, and the judge rules reads English only: judge with a model (--judge)"
)


def measured_error() -> MeasuredError:
    """Return how the built-in judge agreed with people, out of fold."""
    return MeasuredError(**json.loads(ERROR.read_text(encoding="utf-8")))


def is_english(language: str | None) -> bool:
    """Say whether a probe's language is English; one that is not said is taken for it."""
    return language is None or language.casefold().partition("-")[0] in ("en", "eng", "english")


class Builtin:
    """The judge that comes with the program and reads wording."""

    name = BUILTIN
    chat = None

    @cached_property
    def identity(self) -> JudgeIdentity:
        """What its labels depend on, and how it agreed with people elsewhere.

        The measured error is that of `benchmarks/judge.py` on people's labels, each judged by
        weights that saw no response of that model.
        """
        return JudgeIdentity(
            name=self.name,
            kind="rules",
            version=VERSION,
            sha256=labels_depend_on(),
            settings={},
            words_sha256=None,
            model=None,
            members=(),
            measured_error=measured_error(),
        )

    def located(self) -> "Builtin":
        """Return the same: it has no model."""
        return self

    def lacks(self, *, fetch: bool, vllm: bool) -> list[Problem]:  # noqa: ARG002 - as any judge
        """Return nothing: it can judge anywhere."""
        return []

    def has_seen(self, prompt: str, response: str) -> bool:
        """Say whether it was trained on this response."""
        return digest(prompt, response) in seen_in_training()

    def judge_all(self, exchanges: Sequence[Exchange], _: Ask) -> list[Judgement]:
        """Return a judgement of each exchange, in their order."""
        return [
            judge(given.prompt, given.response)
            if is_english(given.language)
            else unscored(NOT_READ.format(language=one_line(given.language or "", 40)))
            for given in exchanges
        ]
