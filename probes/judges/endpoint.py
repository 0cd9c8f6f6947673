"""How does an OpenAI-compatible server answer as a judge's model, and what if it does not?"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import count
from typing import Any

import openai

from audit.errors import InputError, Problem
from audit.run.judging_folder import JudgePrompt, Reply
from audit.settings.judges import EndpointConfig, GenerativeJudge
from probes.judges.replies import checked, failed

NO_KEY = "none"
GIVE_UP_AFTER = 5
"""Questions in a row that found no server, each with its retries, before the rest is left."""


def ask_endpoint(judge: GenerativeJudge, prompts: list[JudgePrompt]) -> Iterator[Reply]:
    """Yield a reply to each question as it comes; a dead server leaves the rest unanswered.

    Raises:
        InputError: the environment has no key under the name that is configured.
    """
    endpoint = judge.endpoint
    if endpoint is None:
        raise ValueError(judge)
    key = _key(endpoint)
    client = openai.OpenAI(
        base_url=endpoint.url,
        api_key=key,
        timeout=endpoint.timeout_seconds,
        max_retries=judge.retries,
    )
    server = _Server(client, judge, endpoint.model, key, _Silence())
    with ThreadPoolExecutor(endpoint.concurrency) as workers:
        waiting = [workers.submit(server.answer, prompt) for prompt in prompts]
        for done in as_completed(waiting):
            yield done.result()


class _Silence:
    """Counts the questions in a row that found no server."""

    def __init__(self) -> None:
        self._count = 0

    def note(self, *, found: bool) -> None:
        """Count one more question that found no server, or begin anew."""
        self._count = 0 if found else self._count + 1

    def is_final(self) -> bool:
        """Say whether so many found none that the rest is left unasked."""
        return self._count >= GIVE_UP_AFTER


@dataclass(frozen=True)
class _Server:
    """One model behind a server, asked by many threads."""

    client: openai.OpenAI
    judge: GenerativeJudge
    model: str
    key: str
    silence: _Silence

    def answer(self, prompt: JudgePrompt) -> Reply:
        """Ask once, and again as often as configured where the reply cannot be read."""
        if self.silence.is_final():
            return failed(prompt, "not asked: the endpoint had stopped answering")
        for attempt in count():
            try:
                text = self._ask(prompt)
            except openai.OpenAIError as error:
                gone = isinstance(error, openai.APIConnectionError)
                self.silence.note(found=not gone)
                told = self._without_key(str(error))
                return failed(prompt, f"the endpoint did not answer: {told}")
            except (AttributeError, IndexError, TypeError, ValueError) as error:
                text, told = None, type(error).__name__
            self.silence.note(found=True)
            reply = (
                failed(prompt, f"the endpoint's answer has not the form of one ({told})")
                if text is None
                else checked(prompt, self._without_key(text))
            )
            if reply.text is not None or attempt >= self.judge.retries:
                return reply
        raise AssertionError

    def _without_key(self, text: str) -> str:
        """Return a server's words without the key, which it may repeat."""
        return text if self.key == NO_KEY else text.replace(self.key, "[key]")

    def _ask(self, prompt: JudgePrompt) -> str:
        settings: Any = {
            "model": self.model,
            "temperature": 0.0,
            "max_tokens": self.judge.max_tokens,
        }
        if prompt.text is not None:
            completion = self.client.completions.create(prompt=prompt.text, **settings)
            return completion.choices[0].text or ""
        if prompt.schema_ is not None:
            schema = {"name": "verdict", "schema": prompt.schema_, "strict": True}
            settings["response_format"] = {"type": "json_schema", "json_schema": schema}
        turns: Any = [turn.model_dump() for turn in prompt.messages or []]
        chat = self.client.chat.completions.create(messages=turns, **settings)
        return chat.choices[0].message.content or ""


def _key(endpoint: EndpointConfig) -> str:
    if endpoint.api_key_env is None:
        return NO_KEY
    key = os.environ.get(endpoint.api_key_env)
    if not key or not key.isascii():
        what = f"the environment has no usable {endpoint.api_key_env}"
        fix = "set it to the endpoint's key, in ASCII; it is never written down"
        raise InputError(Problem("judges endpoint.api_key_env", what, fix))
    return key
