"""Which tokens does the model see for a probe?"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.errors import InputError, Problem
from audit.files.borders import one_line
from audit.files.lines import refuse
from audit.records import Message, Probe
from audit.settings.run_config import ThinkingConfig
from probes.thinking import opens_thinking


@dataclass(frozen=True)
class RenderedProbe:
    """A probe as token ids, the chat template and the opening of the answer included."""

    probe_id: str
    token_ids: list[int]
    opens_thinking: bool = False
    """Whether the template has begun the model's thoughts already."""
    language: str | None = None
    """The probe's language, null where it is not said; no part of what the model reads."""


def load_tokenizer(folder: Path) -> Any:
    """Load the model's tokenizer, never running code that came with it.

    Raises:
        InputError: its files are no tokenizer's.
    """
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    except Exception as error:  # its libraries raise whatever a damaged file makes them
        what = f"its tokenizer cannot be loaded ({one_line(str(error), 200)})"
        fix = "save it again with save_pretrained()"
        raise InputError(Problem(str(folder), what, fix)) from error


def render(
    tokenizer: Any,
    probes: list[Probe],
    system_prompt: str | None,
    arguments: Mapping[str, Any] | None = None,
    thinking: ThinkingConfig | None = None,
) -> list[RenderedProbe]:
    """Render the probes with the tokenizer's chat template and its `arguments`.

    Raises:
        InputError: the template refuses a conversation, as some refuse system turns.
    """
    rendered = []
    for probe in probes:
        turns = conversation(probe, system_prompt)
        try:
            encoded = tokenizer.apply_chat_template(
                turns,
                add_generation_prompt=True,
                tokenize=True,
                return_dict=True,
                **(arguments or {}),
            )
        except Exception as error:
            what = f"the model's chat template refuses the conversation ({error})"
            fix = "leave out the system prompt, or the probe"
            raise InputError(Problem(f"probe {probe.id}", what, fix)) from error
        ids = list(encoded["input_ids"])
        opened = thinking is not None and opens_thinking(tokenizer.decode(ids), thinking)
        rendered.append(RenderedProbe(probe.id, ids, opened, probe.language))
    return rendered


def refuse_other_prompts(rendered: dict[Path, list[RenderedProbe]], loaded: Path) -> None:
    """Refuse models whose tokenizer or template makes other prompts than the loaded model's.

    Raises:
        InputError: with each such model, and the first probe that it is asked in other tokens.
    """
    problems = []
    for folder, probes in rendered.items():
        pairs = zip(rendered.get(loaded, probes), probes, strict=True)
        other = next((one.probe_id for one, now in pairs if one.token_ids != now.token_ids), None)
        if other is not None:
            what = f"its chat template or tokenizer makes another prompt of {other} than the "
            what += f"one of {loaded}: answers would differ by more than weights"
            problems.append(Problem(str(folder), what, "give both models one template"))
    refuse(problems)


def conversation(probe: Probe, system_prompt: str | None) -> list[dict[str, str]]:
    """Return the turns that are asked, with the system prompt where the probe has none."""
    turns = probe.conversation()
    if system_prompt is not None and turns[0].role != "system":
        turns = [Message(role="system", content=system_prompt), *turns]
    return [{"role": turn.role, "content": turn.content} for turn in turns]
