"""How is a chat model a judge, by this project's rubric or in the format of its training?"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from audit.run.judge_identity import JudgeKind
from audit.run.judging_folder import JudgePrompt, Reply
from audit.settings.judges import EndpointConfig, GenerativeJudge
from reports.judges import guards, rubric
from reports.judges.asked import AskedJudge
from reports.judges.judgement import Exchange, Judgement


@dataclass(frozen=True)
class Template:
    """A way of asking: `in_chat` where the model's own chat template puts the question."""

    prompts: Callable[[Exchange], list[JudgePrompt]]
    read: Callable[[Exchange, list[Reply]], Judgement]
    in_chat: bool


TEMPLATES = {
    "rubric": Template(rubric.prompts, rubric.read, in_chat=True),
    "wildguard": Template(guards.wildguard_prompts, guards.read_wildguard, in_chat=False),
    "llama-guard": Template(guards.llama_guard_prompts, guards.read_llama_guard, in_chat=True),
}


@dataclass(frozen=True)
class Generative(AskedJudge):
    """A chat model that is asked about each response, here through vLLM or at an endpoint."""

    kind: ClassVar[JudgeKind] = "generative"
    engine: ClassVar[str] = "vllm"

    settings: GenerativeJudge

    @property
    def version(self) -> str:
        """The name of its template."""
        return self.settings.template

    @property
    def endpoint(self) -> EndpointConfig | None:
        """The server that answers, null where the model is asked here."""
        return self.settings.endpoint

    @property
    def in_chat(self) -> bool:
        """Whether the model is asked by its chat template."""
        return TEMPLATES[self.settings.template].in_chat

    @property
    def chat(self) -> AskedJudge | None:
        """The judge itself where it is a chat model that can be asked anything, else null."""
        return self if self.settings.template == "rubric" else None

    def prompts(self, exchange: Exchange) -> list[JudgePrompt]:
        """Return the questions; none where the model has nothing to say on it."""
        return TEMPLATES[self.settings.template].prompts(exchange)

    def read(self, exchange: Exchange, replies: list[Reply]) -> Judgement:
        """Return what the replies mean, in the order of the questions."""
        return TEMPLATES[self.settings.template].read(exchange, replies)
