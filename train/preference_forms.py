"""In which forms are preference pairs written?"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from train.preference_rows import TURN


def forms_of(rows: Iterable[dict[str, Any]]) -> dict[str, int]:
    """Count the rows of each form, the most frequent first; the names are TRL's."""
    return dict(Counter(_form(row) for row in rows).most_common())


def _form(row: dict[str, Any]) -> str:
    prompt, chosen = row.get("prompt"), row.get("chosen")
    texts = [text for text in (prompt, chosen) if isinstance(text, str)]
    if any(TURN.match(text) for text in texts):
        return "transcripts as HH-RLHF has them"
    form = "implicit prompt" if prompt is None else "explicit prompt"
    return f"{form}, {'plain text' if isinstance(chosen, str) else 'conversational'}"
