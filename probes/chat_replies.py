"""What does a server say in a chat completion, and of itself?"""

from typing import Any

import openai

from audit.files.borders import one_line, visible
from audit.run.identity import UNKNOWN
from audit.settings.run_config import ThinkingConfig
from probes.endpoints import Server
from probes.engines.openings import refusal_log_odds
from probes.thinking import Parted, first_of_answer

SHOWN = 300
NO_FORM = (AttributeError, IndexError, TypeError, ValueError)
"""What a reply raises that has not the form of a chat completion."""


def thoughts_of(message: Any) -> str | None:
    """Return the thoughts that a server keeps apart, under either of its common names."""
    for name in ("reasoning", "reasoning_content"):
        stated = getattr(message, name, None)
        if isinstance(stated, str) and stated.strip():
            return stated
    return None


def text_of(message: Any) -> str:
    """Return the answer, or in its place what a server calls the model's refusal."""
    return message.content or getattr(message, "refusal", None) or ""


def version_of(server: Server, url: str) -> str:
    """Return the version that a server tells at /version, as vLLM's does, else "unknown"."""
    place = f"{url.rstrip('/').removesuffix('/v1')}/version"
    try:
        found = server.client.get(place, cast_to=object, options={"max_retries": 0})
        version = found["version"]  # type: ignore[index]  # whatever it is, checked here
        return visible(version, SHOWN) if isinstance(version, str) and version else UNKNOWN
    except (openai.OpenAIError, KeyError, *NO_FORM):
        return UNKNOWN


def fingerprint_of(reply: Any) -> str:
    """Return the system fingerprint of a reply, "unknown" where there is none."""
    stated = reply.system_fingerprint
    return visible(stated, SHOWN) if isinstance(stated, str) and stated else UNKNOWN


def log_odds_of(
    choice: Any, thinking: ThinkingConfig | None, found: Parted, language: str | None
) -> float | None:
    """Return the log-odds of a refusal opening, null where the server listed no first tokens."""
    if not (choice.logprobs and choice.logprobs.content):
        return None
    pieces = [one.token for one in choice.logprobs.content]
    place = first_of_answer(pieces, thinking, found)
    if place is None or (found.thoughts is not None and thinking is None):
        return None
    drawn = choice.logprobs.content[place]
    likeliest = {one.token: one.logprob for one in drawn.top_logprobs}
    # A token that was drawn from beyond the likeliest stands in the last one's place.
    if len(likeliest) > 1 and drawn.logprob == min(likeliest.values()):
        likeliest.pop(drawn.token, None)
    return refusal_log_odds(likeliest, language) if likeliest else None


def words_of(server: Server, error: Exception) -> str:
    """Return an error's words on one line, without the key."""
    return server.without_key(one_line(str(error), SHOWN))
