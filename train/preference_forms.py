"""In which forms are preference pairs, or thumbs, written?"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from train.preference_rows import TURN
from train.thumb_rows import is_thumb


def forms_of(rows: Iterable[dict[str, Any]]) -> dict[str, int]:
    """Count the rows of each form, the most frequent first; the names are TRL's."""
    return dict(Counter(_form(row) for row in rows).most_common())


def _form(row: dict[str, Any]) -> str:
    if is_thumb(row):
        return f"unpaired, {_way(row['completion'])}"
    prompt, chosen = row.get("prompt"), row.get("chosen")
    texts = [text for text in (prompt, chosen) if isinstance(text, str)]
    if any(TURN.match(text) for text in texts):
        return "transcripts as HH-RLHF has them"
    form = "implicit prompt" if prompt is None else "explicit prompt"
    return f"{form}, {_way(chosen)}"


def _way(answer: object) -> str:
    return "plain text" if isinstance(answer, str) else "conversational"
