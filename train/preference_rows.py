"""Which turns and answers does a row of preference data mean?

Read here: TRL's explicit form (prompt, chosen, rejected) and implicit form (chosen, rejected with
a common beginning), each plain or conversational, and the transcripts of Anthropic's HH-RLHF.
"""

import os
import re
from typing import Any, Literal

from audit.files.borders import visible
from audit.records import Message, Pair
from audit.run.pair_findings import Wish

TURN = re.compile(r"\n\n(Human|Assistant):[ ]?")
Role = Literal["system", "user", "assistant"]
SPEAKERS: dict[str, Role] = {"Human": "user", "Assistant": "assistant"}
WANTED = 'columns wanted: "chosen" and "rejected", with a "prompt" or with the prompt in both'
OTHER_PROMPTS = ("question", "instruction", "query", "input", "user", "problem", "context")
"""What other data calls the prompt."""
SAID_IN = ("prompt_kind", "prompt_label", "kind", "group")
"""Columns in which a row may say whether its prompt asks for something harmful."""
SAID: dict[str, Wish] = {
    **dict.fromkeys(("harmful", "unsafe", "toxic"), "harmful"),
    **dict.fromkeys(
        ("harmless", "safe", "benign", "unharmful", "borderline", "helpful"), "harmless"
    ),
}


class UnusableRowError(ValueError):
    """A row that nothing can be learned from: what is wrong, and how to mend it."""

    def __init__(self, what: str, fix: str) -> None:
        self.what = what
        self.fix = fix
        super().__init__(f"{what}; {fix}")


def to_pair(row: dict[str, Any]) -> Pair:
    """Read one row, of whichever form, into the turns that were asked and the two answers.

    Raises:
        UnusableRowError: the row has none of the forms, an empty part, or equal answers.
    """
    chosen, rejected = (_part(row, name) for name in ("chosen", "rejected"))
    prompt = row.get("prompt")
    if isinstance(chosen, str) != isinstance(rejected, str):
        raise UnusableRowError('"chosen" and "rejected" have two forms', "write both alike")
    if isinstance(chosen, str) and isinstance(rejected, str):
        if prompt is None:
            refuse_other_columns(row)
        turns, better, worse = _from_text(prompt, chosen, rejected)
    else:
        turns, better, worse = _from_messages(prompt, messages_of(chosen), messages_of(rejected))
    return _checked(turns, better, worse)


def said_wish(row: dict[str, Any]) -> Wish | None:
    """Return whether a row says that its prompt is harmful or harmless; null where it says neither.

    Read are the columns prompt_kind, prompt_label, kind and group, and in them the words harmful,
    unsafe, toxic, harmless, safe, benign, unharmful, borderline and helpful.
    """
    words = (row[column] for column in SAID_IN if isinstance(row.get(column), str))
    return next((SAID[word.lower()] for word in words if word.lower() in SAID), None)


def _part(row: dict[str, Any], name: str) -> Any:
    value = row.get(name)
    if value is None:
        what = f'"{name}" is missing ({_columns(row)})'
        raise UnusableRowError(what, f"add it, or name another column so; {WANTED}")
    return value


def _columns(row: dict[str, Any]) -> str:
    return f"columns found: {', '.join(visible(column) for column in row) or 'none'}"


def refuse_other_columns(row: dict[str, Any]) -> None:
    """Refuse a row without "prompt" whose question stands in a column of another name.

    Answers that happen to begin alike would else be read as a prompt with what follows it.

    Raises:
        UnusableRowError: there is such a column.
    """
    other = next((name for name in OTHER_PROMPTS if row.get(name)), None)
    if other:
        what = f'"prompt" is missing, and "{other}" is not read ({_columns(row)})'
        raise UnusableRowError(what, f'name it "prompt"; {WANTED}')


def _from_text(prompt: Any, chosen: str, rejected: str) -> tuple[list[Message], str, str]:
    if prompt is None and TURN.match(chosen) and TURN.match(rejected):
        return _split(_transcript(chosen), _transcript(rejected))
    if prompt is None:
        shared = _shared_words(chosen, rejected)
        return [_turn("user", shared)], chosen[len(shared) :], rejected[len(shared) :]
    return prompt_of(prompt), chosen, rejected


def prompt_of(prompt: Any) -> list[Message]:
    """Read a prompt of its own: text, a transcript, or turns.

    Raises:
        UnusableRowError: it is none of them.
    """
    if not isinstance(prompt, str):
        return messages_of(prompt)
    turns = _transcript(prompt) if TURN.match(prompt) else [_turn("user", prompt)]
    return turns[:-1] if turns[-1].role == "assistant" and not turns[-1].content.strip() else turns


def _from_messages(
    prompt: Any,
    chosen: list[Message],
    rejected: list[Message],
) -> tuple[list[Message], str, str]:
    if prompt is None:
        return _split(chosen, rejected)
    turns = [_turn("user", prompt)] if isinstance(prompt, str) else messages_of(prompt)
    shared = len(turns)
    if len(chosen) > 1 and chosen[:shared] == turns and rejected[:shared] == turns:
        chosen, rejected = chosen[shared:], rejected[shared:]
    if len(chosen) != 1 or len(rejected) != 1:
        what = '"chosen" and "rejected" must hold one assistant turn beside a prompt'
        raise UnusableRowError(what, "move the earlier turns into the prompt")
    if chosen[0].role != "assistant" or rejected[0].role != "assistant":
        raise UnusableRowError("an answer is not the assistant's turn", "give it that role")
    return turns, chosen[0].content, rejected[0].content


def _split(chosen: list[Message], rejected: list[Message]) -> tuple[list[Message], str, str]:
    """Split two whole conversations into their common turns and their last answers."""
    if chosen[:-1] != rejected[:-1]:
        what = "the two conversations differ before their last answer"
        raise UnusableRowError(what, "keep all but the last turn the same, or drop the row")
    if chosen[-1].role != "assistant" or rejected[-1].role != "assistant":
        raise UnusableRowError("the last turn is not the assistant's", "end with the answer")
    return chosen[:-1], chosen[-1].content, rejected[-1].content


def _transcript(text: str) -> list[Message]:
    r"""Read `\n\nHuman: ...\n\nAssistant: ...` into turns."""
    marks = list(TURN.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    return [
        _turn(SPEAKERS[mark.group(1)], text[mark.end() : end])
        for mark, end in zip(marks, ends, strict=True)
    ]


def messages_of(value: Any) -> list[Message]:
    """Read a list of turns; their text may be empty, which is named later.

    Raises:
        UnusableRowError: it is no such list.
    """
    if not isinstance(value, list) or not value:
        fix = 'write [{"role": "user", "content": "..."}, ...]'
        raise UnusableRowError("a conversation is neither text nor a list of turns", fix)
    turns = []
    for turn in value:
        role, content = (
            (turn.get("role"), turn.get("content")) if isinstance(turn, dict) else (0, 0)
        )
        if role not in ("system", "user", "assistant") or not isinstance(content, str):
            fix = "give each turn a role (system, user, assistant) and text as content"
            raise UnusableRowError("a turn has no role and content", fix)
        turns.append(_turn(role, content))
    return turns


def _turn(role: Role, content: str) -> Message:
    """Make a turn without refusing empty text, which `_checked` names better."""
    return Message.model_construct(role=role, content=content)


def _shared_words(chosen: str, rejected: str) -> str:
    """Return the common beginning, up to the last word that both have whole."""
    shared = os.path.commonprefix([chosen, rejected])  # noqa: RUF071 - text, no paths
    return shared[: shared.rfind(" ") + 1] if " " in shared else ""


def _checked(turns: list[Message], chosen: str, rejected: str) -> Pair:
    turns = check_turns(turns)
    chosen, rejected = check_answer("chosen", chosen), check_answer("rejected", rejected)
    if chosen == rejected:
        raise UnusableRowError('"rejected" equals "chosen"', "drop the row or fix the label")
    return Pair(prompt=turns, chosen=chosen, rejected=rejected)


def check_answer(name: str, answer: str) -> str:
    """Return an answer without the space around it.

    Raises:
        UnusableRowError: nothing is left.
    """
    if not answer.strip():
        raise UnusableRowError(f'"{name}" is empty', "drop the row, or add the answer")
    return answer.strip()


def check_turns(turns: list[Message]) -> list[Message]:
    """Return the turns of a prompt without the space around them.

    Raises:
        UnusableRowError: there are none, one is empty, or they are out of order.
    """
    turns = [_turn(turn.role, turn.content.strip()) for turn in turns]
    if not turns or any(not turn.content for turn in turns):
        raise UnusableRowError('"prompt" is empty', "drop the row, or add the question")
    if turns[-1].role != "user":
        raise UnusableRowError("the prompt does not end with the user", "end it with the question")
    _refuse_disorder(turns)
    return turns


def _refuse_disorder(turns: list[Message]) -> None:
    """Refuse turns that no chat template was made for, which many render wrongly or refuse.

    A system turn may come first; after it user and assistant speak in turn, the user first.
    """
    spoken = turns[1:] if turns[0].role == "system" else turns
    for place, turn in enumerate(spoken):
        wanted = ("user", "assistant")[place % 2]
        if turn.role != wanted:
            number = place + 1 + (len(turns) - len(spoken))
            what = f"turn {number} of the prompt is the {turn.role}'s, where the {wanted}'s is due"
            fix = "let user and assistant take turns, with a system turn at most at the start"
            raise UnusableRowError(what, fix)
