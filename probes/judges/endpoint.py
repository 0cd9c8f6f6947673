"""How does an OpenAI-compatible server answer as a judge's model, and what if it does not?"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import count
from typing import Any

import openai

from audit.run.judging_folder import JudgePrompt, Reply
from audit.settings.judges import GenerativeJudge
from probes.chat_replies import NO_FORM
from probes.endpoints import Server, open_server
from probes.judges.replies import checked, failed


def ask_endpoint(judge: GenerativeJudge, prompts: list[JudgePrompt]) -> Iterator[Reply]:
    """Yield a reply to each question as it comes; a dead server leaves the rest unanswered.

    Raises:
        InputError: the environment has no key under the name that is configured.
    """
    endpoint = judge.endpoint
    if endpoint is None:
        raise ValueError(judge)
    server = open_server(endpoint, judge.retries, "judges endpoint.api_key_env")
    asked = _Asked(server, judge, endpoint.model)
    with ThreadPoolExecutor(endpoint.concurrency) as workers:
        waiting = [workers.submit(asked.answer, prompt) for prompt in prompts]
        for done in as_completed(waiting):
            yield done.result()


@dataclass(frozen=True)
class _Asked:
    """One model behind a server, asked by many threads."""

    server: Server
    judge: GenerativeJudge
    model: str

    def answer(self, prompt: JudgePrompt) -> Reply:
        """Ask once, and again as often as configured where the reply cannot be read."""
        if self.server.silence.is_final():
            return failed(prompt, "not asked: the endpoint had stopped answering")
        for attempt in count():
            try:
                text = self._ask(prompt)
            except openai.OpenAIError as error:
                told = self.server.without_key(str(error))
                return failed(prompt, f"the endpoint did not answer: {told}")
            except NO_FORM as error:
                text, told = None, type(error).__name__
            reply = (
                failed(prompt, f"the endpoint's answer has not the form of one ({told})")
                if text is None
                else checked(prompt, self.server.without_key(text))
            )
            if reply.text is not None or attempt >= self.judge.retries:
                return reply
        raise AssertionError

    def _ask(self, prompt: JudgePrompt) -> str:
        settings: Any = {
            "model": self.model,
            "temperature": 0.0,
            "max_tokens": self.judge.max_tokens,
        }
        if prompt.text is not None:
            completion = self.server.complete(prompt=prompt.text, **settings)
            return completion.choices[0].text or ""
        if prompt.schema_ is not None:
            schema = {"name": "verdict", "schema": prompt.schema_, "strict": True}
            settings["response_format"] = {"type": "json_schema", "json_schema": schema}
        turns: Any = [turn.model_dump() for turn in prompt.messages or []]
        chat = self.server.chat(messages=turns, **settings)
        return chat.choices[0].message.content or ""
