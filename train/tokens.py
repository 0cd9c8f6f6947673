"""How does a pair or a thumb look to the model, as the chat template renders it?"""

from dataclasses import dataclass
from typing import Any

from jinja2 import TemplateError

from audit.files.borders import one_line
from audit.records import Preference

ENDING = 4
"""A template may write a line break or two after the token that ends an answer."""
Turns = list[dict[str, str]]


@dataclass(frozen=True)
class PairTokens:
    """A pair's or a thumb's size in tokens, and what its first answer ends with."""

    prompt: int
    with_answers: tuple[int, ...]
    """Of the prompt with each answer."""
    last: tuple[int, ...]

    @property
    def longest(self) -> int:
        """Of the prompt with its longest answer."""
        return max(self.with_answers)


def tokenize(tokenizer: Any, pair: Preference, arguments: dict[str, Any]) -> PairTokens:
    """Render a pair as TRL does, and count its tokens."""
    prompt = turns_of(pair)
    whole = [
        token_ids(tokenizer, [*prompt, _answer(text)], arguments, opened=False)
        for text in pair.answers()
    ]
    asked = token_ids(tokenizer, prompt, arguments, opened=True)
    return PairTokens(len(asked), tuple(map(len, whole)), tuple(whole[0][-ENDING:]))


def template_problem(tokenizer: Any, pair: Preference, arguments: dict[str, Any]) -> str | None:
    """Return what the chat template does to a pair that training would learn wrongly from."""
    prompt, answer = turns_of(pair), pair.answers()[0]
    try:
        asked = _text(tokenizer, prompt, arguments, opened=True)
        whole = _text(tokenizer, [*prompt, _answer(answer)], arguments, opened=False)
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        return f"refuses a conversation ({one_line(str(error), 200)})"
    if pair.prompt[0].role == "system" and pair.prompt[0].content.strip() not in asked:
        return "drops the system turn"
    if not whole.startswith(asked):
        return "renders a prompt in another way when its answer follows"
    if answer.strip() not in whole:
        return "changes or drops an answer"
    return None


def turns_of(pair: Preference) -> Turns:
    """Return the turns of the prompt as transformers takes them."""
    return [turn.model_dump() for turn in pair.prompt]


def _answer(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def _text(tokenizer: Any, turns: Turns, arguments: dict[str, Any], *, opened: bool) -> str:
    rendered = tokenizer.apply_chat_template(
        turns, tokenize=False, add_generation_prompt=opened, **arguments
    )
    return str(rendered)


def token_ids(
    tokenizer: Any, turns: Turns, arguments: dict[str, Any], *, opened: bool
) -> list[int]:
    """Return the turns' tokens as the chat template renders them, an answer opened or not."""
    encoded = tokenizer.apply_chat_template(
        turns, tokenize=True, return_dict=True, add_generation_prompt=opened, **arguments
    )
    return list(encoded["input_ids"])
