"""How does a model behind a server answer as an arm?"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

import openai

from audit.errors import InputError, Problem, StageFailed
from audit.run.arm import BEFORE_AGAIN, Arm, ServedModel
from audit.run.directory import RunDirectory
from audit.run.identity import Identity, differing
from audit.run.messages import Tell
from audit.run.seals import is_complete
from audit.settings.run_config import GenerationConfig, RunConfig
from audit.settings.served import ServedConfig
from audit.settings.yaml_file import load_run_config
from probes import journal
from probes.chat_replies import (
    NO_FORM,
    fingerprint_of,
    log_odds_of,
    text_of,
    thoughts_of,
    version_of,
    words_of,
)
from probes.endpoints import Server, open_server
from probes.engines.engine import Answer, FinishReason
from probes.engines.openings import LISTED
from probes.identity import served_identity
from probes.rendering import conversation
from probes.sets.library import read_probes
from probes.thinking import Parted, parted

LISTS = (LISTED, 5, None)
"""How many of the likeliest first tokens are asked for: what most servers give, what some give at
most, and none."""
GREETING = [{"role": "user", "content": "Say yes."}]


@dataclass(frozen=True)
class ServedQuestion:
    """One answer to have: the turns of a probe, and which of its samples this is."""

    probe_id: str
    sample: int
    turns: list[dict[str, str]]
    seed: int
    language: str | None


@dataclass(frozen=True)
class Told:
    """What a server says of itself; "unknown" where it says nothing."""

    version: str
    fingerprint: str
    listed: int | None
    """How many of the likeliest first tokens it gives with an answer."""


@dataclass(frozen=True)
class AskedServer:
    """A model behind a server, asked by many threads."""

    server: Server
    served: ServedConfig
    told: Told
    settings: GenerationConfig

    def answer(self, question: ServedQuestion) -> Answer | str:
        """Return the answer, or why there is none."""
        if self.server.silence.is_final():
            return "not asked: the server had stopped answering"
        try:
            reply = self.server.chat(**self._request(question))
            return self._read(question, reply)
        except openai.OpenAIError as error:
            return words_of(self.server, error)
        except NO_FORM as error:
            return f"its reply has not the form of a chat completion ({type(error).__name__})"

    def _request(self, question: ServedQuestion) -> dict[str, Any]:
        return {
            "model": self.served.model,
            "messages": question.turns,
            "max_tokens": self.settings.max_tokens,
            "temperature": self.settings.temperature,
            "top_p": self.settings.top_p,
            "seed": question.seed,
            **_with_first_tokens(self.told.listed),
            **_with_template_arguments(self.settings),
        }

    def _read(self, question: ServedQuestion, reply: Any) -> Answer | str:
        now = fingerprint_of(reply)
        if now != self.told.fingerprint:
            return f"its system fingerprint is {now} now, and was {self.told.fingerprint}"
        choice = reply.choices[0]
        apart = thoughts_of(choice.message)
        written = self.server.without_key(text_of(choice.message))
        # A server does not tell what its template begins; an answer that a model ended is none of
        # its thoughts, and one that was cut off before any mark is taken for them.
        unended = apart is None and choice.finish_reason == "length"
        found = parted(written, self.settings.thinking, opened=unended)
        found = found if apart is None else Parted(self.server.without_key(apart), found.answer)
        known: dict[str, FinishReason] = {"stop": "stop", "length": "length"}
        return Answer(
            question.probe_id,
            question.sample,
            found.answer,
            known.get(choice.finish_reason, "unknown"),
            reply.usage.completion_tokens if reply.usage else None,
            log_odds_of(choice, self.settings.thinking, found, question.language),
            found.thoughts,
        )


def ask_servers(run: RunDirectory, tell: Tell) -> None:
    """Ask the arms that servers answer for what they have not answered yet.

    A server is asked for nothing where its arm is complete.

    Raises:
        InputError: a server refuses, has no key here, or differs from what was asked before.
        StageFailed: a probe got no answer; what was answered stays.
    """
    config = load_run_config(run.config)
    in_order = run.read_manifest().in_order()
    for arm in sorted(in_order, key=lambda arm: arm.step is not None):
        if isinstance(arm.source, ServedModel) and not is_complete(run, arm):
            _ask_arm(run, config, arm, arm.source, tell)


def _ask_arm(
    run: RunDirectory, config: RunConfig, arm: Arm, source: ServedModel, tell: Tell
) -> None:
    served = _configured(run, config, source)
    server = open_server(served, served.retries, "served api_key_env")
    asked = AskedServer(server, served, _greet(server, served), config.generation)
    everything = list(_questions(run, config.generation))
    now = _identity(run, asked, everything)
    _refuse_unlike(run, arm.name, now)
    unknown = {"relative_weight_change": None, "merging_rounding_error": None}
    journal.claim(run, arm, now, unknown, tell)
    there = journal.answered(run, arm.name)
    shard = run.read_manifest().shard
    mine = [one for one in everything if shard is None or shard.holds(one.probe_id)]
    questions = [one for one in mine if (one.probe_id, one.sample) not in there]
    if questions:
        journal.begin(run, arm.name)
        in_turn = questions[::-1] if arm.name == BEFORE_AGAIN else questions
        answers = _answers(asked, in_turn)
        journal.append(run, arm.name, answers, (len(there), len(mine)), tell)
    journal.complete(run, arm.name)


def _configured(run: RunDirectory, config: RunConfig, source: ServedModel) -> ServedConfig:
    for one in config.served:
        if (one.url, one.model) == (source.url, source.model):
            return one
    what = f"names no server {source.described()}, which its manifest speaks of"
    raise InputError(Problem(str(run.config), what, "restore it, or start a new run"))


def _questions(run: RunDirectory, settings: GenerationConfig) -> Iterator[ServedQuestion]:
    for probe in read_probes(run.probes):
        turns = conversation(probe, settings.system_prompt)
        for sample in range(settings.samples):
            seed = journal.seed_of(settings, probe.id, sample)
            yield ServedQuestion(probe.id, sample, turns, seed, probe.language)


def _identity(run: RunDirectory, asked: AskedServer, questions: list[ServedQuestion]) -> Identity:
    stated = {
        "url": asked.served.url,
        "model": asked.served.model,
        "system_fingerprint": asked.told.fingerprint,
    }
    prompts: list[object] = [[one.probe_id, one.turns] for one in questions if one.sample == 0]
    if asked.settings.chat_template_kwargs:
        prompts.append(asked.settings.chat_template_kwargs)
    return served_identity(run, asked.settings, prompts, asked.told.version, stated)


def _refuse_unlike(run: RunDirectory, name: str, now: Identity) -> None:
    """Refuse a server before it is asked that no comparison could hold against another arm."""
    for other in run.read_manifest().arms.values():
        if other.name == name or not isinstance(other.identity, Identity):
            continue
        if others := differing(other.identity, now):
            what = f"{name} and {other.name} differ in {', '.join(others)}"
            fix = "let one software of one version serve both; only the model may differ"
            raise InputError(Problem(str(run.root), what, fix))


def _answers(asked: AskedServer, questions: list[ServedQuestion]) -> Iterator[Answer]:
    """Yield each answer as it comes, and at the end say what got none.

    Raises:
        StageFailed: a probe got no answer.
    """
    failures = []
    workers = ThreadPoolExecutor(asked.served.concurrency)
    try:
        waiting = [workers.submit(asked.answer, question) for question in questions]
        for done in as_completed(waiting):
            found = done.result()
            if isinstance(found, Answer):
                yield found
            else:
                failures.append(found)
    finally:
        workers.shutdown(cancel_futures=True)
    if failures:
        what = f"{len(failures)} of {len(questions)} questions got no answer"
        raise StageFailed(f"{what} from {asked.served.url}: {failures[0]}")


def _greet(server: Server, served: ServedConfig) -> Told:
    """Learn what the server says of itself, and how many first tokens it lists.

    Raises:
        InputError: it refuses a question.
        StageFailed: it does not answer.
    """
    request = {"model": served.model, "messages": GREETING, "max_tokens": 1, "temperature": 0.0}
    refused = ""
    for listed in LISTS:
        try:
            reply = server.chat(**request, **_with_first_tokens(listed))
            text_of(reply.choices[0].message)
            return Told(version_of(server, served.url), fingerprint_of(reply), listed)
        except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
            refused = words_of(server, error)
        except openai.APIStatusError as error:
            refused = words_of(server, error)
            break
        except openai.OpenAIError as error:
            what = f"{served.url} does not answer: {words_of(server, error)}"
            raise StageFailed(what) from error
        except NO_FORM as error:
            refused = f"its reply has not the form of a chat completion ({type(error).__name__})"
            break
    fix = "name a model that it serves, and the variable of its key (api_key_env)"
    raise InputError(Problem(f"{served.model} at {served.url}", refused, fix))


def _with_first_tokens(listed: int | None) -> dict[str, Any]:
    return {} if listed is None else {"logprobs": True, "top_logprobs": listed}


def _with_template_arguments(settings: GenerationConfig) -> dict[str, Any]:
    """Return the chat template's arguments, as vLLM and others take them beside OpenAI's own."""
    arguments = settings.chat_template_kwargs
    return {"extra_body": {"chat_template_kwargs": arguments}} if arguments else {}
