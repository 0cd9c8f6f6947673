"""What does each judge, or a panel of them, say of many responses?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from audit.run.judging_folder import JudgePrompt, Reply
from audit.settings.judges import (
    BUILTIN,
    ClassifierJudge,
    Judges,
    ModelJudge,
    PanelJudge,
    known_judge,
)
from reports.judges import guards, rubric
from reports.judges.classifier import Classifier
from reports.judges.judgement import Exchange, Judgement, judged
from reports.judges.rules import judge as rules_judge
from reports.judges.rules.degenerate import answer_of, is_degenerate

Ask = Callable[[str, list[JudgePrompt]], dict[str, Reply]]
"""Asks a judge's model, by the judge's name, and returns the reply to each question by its id."""


class Asked(Protocol):
    """How a judge's model is asked about an exchange, and how its replies are read."""

    def prompts(self, exchange: Exchange) -> list[JudgePrompt]:
        """Return the questions; none where the model has nothing to say on it."""

    def read(self, exchange: Exchange, replies: list[Reply]) -> Judgement:
        """Return what the replies mean, in the order of the questions."""


@dataclass(frozen=True)
class Template:
    """A generative judge's way of asking."""

    prompts: Callable[[Exchange], list[JudgePrompt]]
    read: Callable[[Exchange, list[Reply]], Judgement]
    source: str
    """The module that it is written in."""


TEMPLATES = {
    "rubric": Template(rubric.prompts, rubric.read, "rubric.py"),
    "wildguard": Template(guards.wildguard_prompts, guards.read_wildguard, "guards.py"),
    "llama-guard": Template(guards.llama_guard_prompts, guards.read_llama_guard, "guards.py"),
}


def judge_all(
    name: str, judges: Judges, exchanges: Sequence[Exchange], ask: Ask
) -> list[Judgement]:
    """Return a judgement of each exchange, in their order.

    What says nothing at all is `degenerate` to every judge, and no model is asked about it.

    Raises:
        InputError: there is no such judge.
    """
    judge = known_judge(name, judges, f"judge {name}")
    if judge is None:
        return [rules_judge.judge(one.prompt, one.response) for one in exchanges]
    if isinstance(judge, PanelJudge):
        return _panel(judge, judges, exchanges, ask)
    asked = _way_of_asking(judge)
    answers = [replace(one, response=answer_of(one.response)) for one in exchanges]
    empty = [is_degenerate(one.prompt, one.response) for one in answers]
    questions = [
        [] if nothing else asked.prompts(one) for one, nothing in zip(answers, empty, strict=True)
    ]
    different = {prompt.id: prompt for prompts in questions for prompt in prompts}
    replies = ask(name, list(different.values())) if different else {}
    return [
        judged("degenerate", None, None)
        if nothing
        else asked.read(one, [replies[prompt.id] for prompt in prompts])
        for one, nothing, prompts in zip(answers, empty, questions, strict=True)
    ]


def _panel(
    panel: PanelJudge, judges: Judges, exchanges: Sequence[Exchange], ask: Ask
) -> list[Judgement]:
    """Let the built-in judge decide where it is sure, and the other where it is not.

    The other is asked about the rest, and its opinion counts there, even if it is that it has none.
    It rates no helpfulness: ratings of these answers alone would stand for no others.
    """
    own = judge_all(BUILTIN, judges, exchanges, ask)
    unsure = [place for place, one in enumerate(own) if (one.confidence or 0) < panel.sure_from]
    open_ones = [replace(exchanges[place], rate=False) for place in unsure]
    second = judge_all(panel.asks, judges, open_ones, ask)
    decided = {
        place: replace(other, opinions={BUILTIN: own[place].label, panel.asks: other.label})
        for place, other in zip(unsure, second, strict=True)
    }
    sure = [replace(one, opinions={BUILTIN: one.label}) for one in own]
    return [decided.get(place, one) for place, one in enumerate(sure)]


def template_digest(judge: ModelJudge) -> str:
    """Return the sha256 of the code that asks the judge and reads its replies."""
    name = (
        "classifier.py" if isinstance(judge, ClassifierJudge) else TEMPLATES[judge.template].source
    )
    digest = sha256()
    for source in (name, "quoting.py", "degenerate.py"):
        digest.update((Path(__file__).parent / source).read_bytes())
    return digest.hexdigest()


def _way_of_asking(judge: ModelJudge) -> Asked:
    if isinstance(judge, ClassifierJudge):
        return Classifier(judge)
    return TEMPLATES[judge.template]
