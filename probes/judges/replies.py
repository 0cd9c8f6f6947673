"""When is a reply one that can be read, and when is it none?"""

import json
import re
from typing import Any

from jsonschema import ValidationError, validate

from audit.files.borders import visible
from audit.run.judging_folder import JudgePrompt, Reply

SHOWN = 120
_THINKING = re.compile(r"^.*</think>", re.DOTALL)


def checked(prompt: JudgePrompt, text: str) -> Reply:
    """Return the reply, of which only what was asked for is kept, or why it cannot be read."""
    if prompt.schema_ is not None:
        answer = _json_in(_THINKING.sub("", text), prompt.schema_)
        if answer is not None:
            return Reply(id=prompt.id, text=json.dumps(answer), error=None)
    elif prompt.pattern is None or re.match(prompt.pattern, text):
        return Reply(id=prompt.id, text=text, error=None)
    return failed(prompt, f'the reply cannot be read: "{visible(text, SHOWN)}"')


def failed(prompt: JudgePrompt, error: str) -> Reply:
    """Return that there is no reply, and why, on one line."""
    return Reply(id=prompt.id, text=None, error=visible(" ".join(error.split()), 2 * SHOWN))


def _json_in(text: str, schema: dict[str, Any]) -> Any:
    """Return the first JSON object in the text if it fits the schema, else None."""
    start = text.find("{")
    try:
        value, _ = json.JSONDecoder().raw_decode(text, start) if start >= 0 else (None, 0)
        validate(value, schema)
    except (ValueError, RecursionError, ValidationError):
        return None
    return value
