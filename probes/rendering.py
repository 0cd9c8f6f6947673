"""Which tokens does the model see for a probe?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.errors import InputError, Problem
from audit.records import Message, Probe


@dataclass(frozen=True)
class RenderedProbe:
    """A probe as token ids, the chat template and the opening of the answer included."""

    probe_id: str
    token_ids: list[int]


def load_tokenizer(folder: Path) -> Any:
    """Load the model's tokenizer, never running code that came with it."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder, trust_remote_code=False)


def render(tokenizer: Any, probes: list[Probe], system_prompt: str | None) -> list[RenderedProbe]:
    """Render the probes with the tokenizer's chat template.

    Raises:
        InputError: the template refuses a conversation, as some refuse system turns.
    """
    rendered = []
    for probe in probes:
        turns = [turn.model_dump() for turn in _with_system(probe.conversation(), system_prompt)]
        try:
            encoded = tokenizer.apply_chat_template(
                turns, add_generation_prompt=True, tokenize=True, return_dict=True
            )
        except Exception as error:
            what = f"the model's chat template refuses the conversation ({error})"
            fix = "leave out the system prompt, or the probe"
            raise InputError(Problem(f"probe {probe.id}", what, fix)) from error
        rendered.append(RenderedProbe(probe.id, list(encoded["input_ids"])))
    return rendered


def _with_system(turns: list[Message], system_prompt: str | None) -> list[Message]:
    if system_prompt is None or turns[0].role == "system":
        return turns
    return [Message(role="system", content=system_prompt), *turns]
