"""Does a response follow the instructions of an IFEval prompt (Zhou et al. 2023)?

Strict takes the response as it is. Loose is followed where any of eight variants follows: with and
without the first line, the last line and the asterisks, which chat models add of their own accord.
"""

from dataclasses import dataclass
from itertools import chain
from statistics import fmean
from typing import Any

from reports.checks.ifeval_instructions import INSTRUCTIONS


@dataclass(frozen=True)
class Followed:
    """Which of a prompt's instructions a response follows, in their order."""

    strict: list[bool]
    loose: list[bool]


def follows(instruction_id: str, arguments: dict[str, Any], prompt: str, text: str) -> bool:
    """Say whether the text follows the instruction; an empty text follows none.

    Arguments that are null are left out. The prompt is what is to be repeated, where the
    instruction is to repeat a prompt and its arguments do not say which.
    """
    if instruction_id not in INSTRUCTIONS:
        raise ValueError(f"{instruction_id!r} is none of IFEval's instructions")
    given = {name: value for name, value in arguments.items() if value is not None}
    if instruction_id == "combination:repeat_prompt":
        given.setdefault("prompt_to_repeat", prompt)
    return bool(text.strip()) and INSTRUCTIONS[instruction_id](text, **given)


def score(
    instruction_ids: list[str], arguments: list[dict[str, Any]], prompt: str, text: str
) -> Followed:
    """Say of each instruction whether the response follows it, strictly and loosely."""
    asked = list(zip(instruction_ids, arguments, strict=True))
    variants = _variants(text)
    return Followed(
        strict=[follows(name, given, prompt, text) for name, given in asked],
        loose=[
            any(follows(name, given, prompt, variant) for variant in variants)
            for name, given in asked
        ],
    )


def summarise(results: list[Followed]) -> dict[str, float]:
    """Return the four accuracies of IFEval: by prompt and by instruction, strict and loose."""
    strict = [result.strict for result in results]
    loose = [result.loose for result in results]
    return {
        "prompt_strict": fmean(map(all, strict)),
        "instruction_strict": fmean(chain.from_iterable(strict)),
        "prompt_loose": fmean(map(all, loose)),
        "instruction_loose": fmean(chain.from_iterable(loose)),
    }


def _variants(text: str) -> list[str]:
    """Return the text, and it without its first line, its last and both; all with and without *."""
    lines = text.split("\n")
    shorter = ["\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1])]
    whole = [text, *shorter]
    return whole + [variant.replace("*", "") for variant in whole]
