"""Which answer, and which thumb, does a row of unpaired preference data mean?

Read here is TRL's unpaired form (prompt, completion, label), plain or conversational.
"""

from collections.abc import Iterable
from typing import Any

from audit.records import Message, Preference, Thumb
from train.preference_rows import (
    UnusableRowError,
    check_answer,
    check_turns,
    messages_of,
    prompt_of,
    refuse_other_columns,
    to_pair,
)

WORDS = {"true": True, "false": False}
"""What a CSV file says for a label."""
PAIRED = 'give it "chosen" and "rejected", or train with train.method: kto'


def is_thumb(row: dict[str, Any]) -> bool:
    """Say whether a row is meant as one rated answer, and not as a pair."""
    has = {name for name in ("completion", "chosen", "rejected") if row.get(name) is not None}
    return has == {"completion"}


def to_preference(row: dict[str, Any], *, unpaired: bool) -> Preference:
    """Read one row, as a pair or, where `unpaired` answers are learned from too, as a thumb.

    Raises:
        UnusableRowError: the row has no form that is taken, or an empty part.
    """
    if not is_thumb(row):
        return to_pair(row)
    if not unpaired:
        what = 'has one answer ("completion") and nothing that it was held against'
        raise UnusableRowError(what, PAIRED)
    return to_thumb(row)


def to_thumb(row: dict[str, Any]) -> Thumb:
    """Read one row with a prompt, a completion and a label.

    Raises:
        UnusableRowError: a part is missing, empty or of another form.
    """
    prompt, completion = row.get("prompt"), row.get("completion")
    if prompt is None:
        refuse_other_columns(row)
        raise UnusableRowError('"prompt" is missing', "add the question, or drop the row")
    answer = check_answer("completion", _answer(completion))
    return Thumb(prompt=check_turns(prompt_of(prompt)), completion=answer, label=_label(row))


def _label(row: dict[str, Any]) -> bool:
    stated = row.get("label")
    label = WORDS.get(stated.strip().lower()) if isinstance(stated, str) else stated
    if not isinstance(label, bool):
        what = '"label" is missing' if stated is None else '"label" is neither true nor false'
        fix = "say true where the answer was liked, false where it was not"
        raise UnusableRowError(what, fix)
    return label


def _answer(completion: Any) -> str:
    if completion is None:
        raise UnusableRowError('"completion" is missing', "add the answer, or drop the row")
    if isinstance(completion, str):
        return completion
    turns: list[Message] = messages_of(completion)
    if len(turns) != 1 or turns[0].role != "assistant":
        what = '"completion" must hold one turn, the assistant\'s'
        raise UnusableRowError(what, "move the earlier turns into the prompt")
    return turns[0].content


def as_thumbs(preferences: Iterable[Preference]) -> list[Thumb]:
    """Return every answer with its own thumb; a pair is two."""
    return [thumb for one in preferences for thumb in one.thumbs()]
