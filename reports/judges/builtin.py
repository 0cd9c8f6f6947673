"""How is `rules`, which needs no model, a judge like any other?"""

import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cached_property
from multiprocessing import get_context

from audit.errors import Problem
from audit.files.borders import one_line
from audit.run.judge_identity import JudgeIdentity, MeasuredError
from audit.settings.judges import BUILTIN
from reports.judges.every_judge import Ask
from reports.judges.judgement import Exchange, Judgement, unscored
from reports.judges.rules.identity import VERSION, labels_depend_on
from reports.judges.rules.judge import ERROR, judge
from reports.judges.rules.training_rows import digest, seen_in_training

MANY, CHUNK = 10_000, 500
"""From so many pairs on, starting processes pays; each is sent so many pairs at once."""
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
        read = [(given.prompt, given.response) for given in exchanges if is_english(given.language)]
        known = _judge_each_once(list(dict.fromkeys(read)))
        return [
            known[given.prompt, given.response]
            if is_english(given.language)
            else unscored(NOT_READ.format(language=one_line(given.language or "", 40)))
            for given in exchanges
        ]


def _judge_each_once(pairs: list[tuple[str, str]]) -> dict[tuple[str, str], Judgement]:
    """Judge pairs of prompt and response, on all cores where there are many."""
    if len(pairs) < MANY:
        return {pair: judge(*pair) for pair in pairs}
    prompts, responses = zip(*pairs, strict=True)
    # New processes, not forked ones: a command's threads may hold locks that a copy never gets.
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as workers:
        judgements = workers.map(judge, prompts, responses, chunksize=CHUNK)
        return dict(zip(pairs, judgements, strict=True))
