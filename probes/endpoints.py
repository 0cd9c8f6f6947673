"""How is an OpenAI-compatible server asked, and what is never sent to it?"""

import os
from dataclasses import dataclass
from typing import Any

import openai

from audit.errors import InputError, Problem
from audit.settings.judges import EndpointConfig

NO_KEY = "none"
GIVE_UP_AFTER = 5
"""Questions in a row that found no server, or one that only fails, before the rest is left."""
OF_ONE_QUESTION = frozenset({400, 413, 422, 429})
"""What a server says of a question that is too long or not to its taste, or of too many at once."""
OWN_VARIABLES = "OPENAI_"
"""Variables that openai's client reads by itself: organization, project and headers of another
server, which this one has no right to."""


class Silence:
    """Counts the questions in a row that found no server, or one that only fails."""

    def __init__(self) -> None:
        self._count = 0

    def note(self, *, found: bool) -> None:
        """Count one more question that found no server, or begin anew."""
        self._count = 0 if found else self._count + 1

    def is_final(self) -> bool:
        """Say whether so many found none that the rest is left unasked."""
        return self._count >= GIVE_UP_AFTER


@dataclass(frozen=True)
class Server:
    """One server, asked by many threads."""

    client: openai.OpenAI
    key: str
    silence: Silence

    def without_key(self, text: str) -> str:
        """Return a server's words without the key, which it may repeat."""
        return text if self.key == NO_KEY else text.replace(self.key, "[key]")

    def chat(self, **request: Any) -> Any:
        """Return what the server says to a chat request, and note whether it was found at all.

        Raises:
            openai.OpenAIError: it does not answer, or refuses, after all retries.
        """
        return self._noted(self.client.chat.completions.create, request)

    def complete(self, **request: Any) -> Any:
        """Return what the server says to a request without turns, as `chat` does."""
        return self._noted(self.client.completions.create, request)

    def _noted(self, send: Any, request: dict[str, Any]) -> Any:
        try:
            answer = send(**request)
        except openai.OpenAIError as error:
            self.silence.note(found=_is_about_the_question(error))
            raise
        self.silence.note(found=True)
        return answer


def open_server(endpoint: EndpointConfig, retries: int, where: str) -> Server:
    """Return a server that can be asked; failed requests are sent again by openai's client.

    It waits as Retry-After says, else for a time that doubles. No redirection is followed, and
    nothing but the key under the configured name is sent beside the questions.

    Raises:
        InputError: the environment has no key under that name; `where` is the place it is named.
    """
    key = _key(endpoint, where)
    others = {name: os.environ.pop(name) for name in [*os.environ] if _is_for_another(name)}
    try:
        client = openai.OpenAI(
            base_url=endpoint.url,
            api_key=key,
            timeout=endpoint.timeout_seconds,
            max_retries=retries,
            http_client=openai.DefaultHttpxClient(follow_redirects=False),
        )
    finally:
        os.environ.update(others)
    return Server(client, key, Silence())


def _is_about_the_question(error: openai.OpenAIError) -> bool:
    """Say whether a server refused one question, and may well answer the next."""
    return isinstance(error, openai.APIStatusError) and error.status_code in OF_ONE_QUESTION


def _is_for_another(name: str) -> bool:
    return name.startswith(OWN_VARIABLES)


def _key(endpoint: EndpointConfig, where: str) -> str:
    if endpoint.api_key_env is None:
        return NO_KEY
    key = os.environ.get(endpoint.api_key_env)
    if not key or not key.isascii():
        what = f"the environment has no usable {endpoint.api_key_env}"
        fix = "set it to the endpoint's key, in ASCII; it is never written down"
        raise InputError(Problem(where, what, fix))
    return key
