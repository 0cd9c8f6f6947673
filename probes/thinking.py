"""Where do a model's thoughts end and its answer begin?"""

from dataclasses import dataclass
from itertools import accumulate

from audit.settings.run_config import ThinkingConfig


@dataclass(frozen=True)
class Parted:
    """What a model wrote, in two parts."""

    thoughts: str | None
    """Null where it did not think."""
    answer: str
    """Empty where the thoughts never ended."""


def parted(written: str, thinking: ThinkingConfig | None, *, opened: bool) -> Parted:
    """Part what a model wrote at the first mark that ends thoughts; a later one hides no answer.

    `opened` says whether the chat template has begun the thoughts already. Thoughts that never end
    are no answer, whatever they say.
    """
    if thinking is None:
        return Parted(None, written)
    before, ended, after = written.partition(thinking.end)
    if ended:
        return Parted(_unmarked(before, thinking), after.lstrip())
    if opened or written.lstrip().startswith(thinking.start):
        return Parted(_unmarked(written, thinking), "")
    return Parted(None, written)


def opens_thinking(rendered: str, thinking: ThinkingConfig | None) -> bool:
    """Say whether a rendered prompt ends within thoughts."""
    return thinking is not None and rendered.rstrip().endswith(thinking.start)


def first_of_answer(
    pieces: list[str], thinking: ThinkingConfig | None, found: Parted
) -> int | None:
    """Return the place of the first token of the answer among the tokens' texts.

    Null where there is none: the thoughts never ended, or nothing but space came after them.
    """
    if thinking is None or found.thoughts is None:
        return 0 if pieces else None
    if not found.answer:
        return None
    written = "".join(pieces)
    after = written.find(thinking.end) + len(thinking.end)
    for place, end in enumerate(accumulate(len(piece) for piece in pieces)):
        if written[max(after, end - len(pieces[place])) : end].strip():
            return place
    return None


def _unmarked(thoughts: str, thinking: ThinkingConfig) -> str:
    return thoughts.strip().removeprefix(thinking.start).strip()
