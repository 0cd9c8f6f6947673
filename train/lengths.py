"""How long are the pairs against `max_length`, and which answers are cut?"""

from collections.abc import Sequence
from statistics import median

from audit.records import Pair
from audit.run.pair_findings import CHARACTERS_A_TOKEN, Lengths
from train.counting import CountedPair
from train.words import prompt_text

UNENDED_WORDS = 20
"""A shorter answer may well be a title, a name or a list of words that ends without a stop."""
GOES_ON = frozenset(",;:-(/&")
"""Signs after which a text goes on."""


def measure_lengths(
    pairs: Sequence[Pair], tokens: Sequence[CountedPair] | None, max_length: int
) -> Lengths:
    """Measure the pairs by the tokens given, in their order; without them by characters."""
    limit = max_length if tokens is not None else max_length * CHARACTERS_A_TOKEN
    measured = tokens if tokens is not None else [_characters(pair) for pair in pairs]
    longer = [max(one.with_chosen, one.with_rejected) for one in measured]
    return Lengths(
        unit="characters" if tokens is None else "tokens",
        max_length=max_length,
        median=median(longer),
        longest=max(longer),
        cut=sum(length > limit for length in longer),
        full_prompts=sum(one.prompt >= limit for one in measured),
        chosen_gap=median(len(pair.chosen) - len(pair.rejected) for pair in pairs),
        chosen_unended=sum(is_unended(pair.chosen) for pair in pairs),
        rejected_unended=sum(is_unended(pair.rejected) for pair in pairs),
    )


def _characters(pair: Pair) -> CountedPair:
    prompt = len(prompt_text(pair))
    return CountedPair(
        prompt=prompt,
        with_chosen=prompt + len(pair.chosen),
        with_rejected=prompt + len(pair.rejected),
    )


def is_unended(answer: str) -> bool:
    """Say whether an answer of some length stops in the middle of a sentence.

    It ends in a word, or with a sign after which it would go on, and not in a list or a heading.
    """
    text = answer.rstrip()
    is_long = len(text.split()) >= UNENDED_WORDS
    last_line = text.rpartition("\n")[2].lstrip()
    is_item = last_line.startswith(("-", "*", "•", "#", "|")) or last_line[:1].isdigit()
    return is_long and not is_item and (text[-1].isalnum() or text[-1] in GOES_ON)
