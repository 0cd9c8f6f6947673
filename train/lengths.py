"""How long are pairs or thumbs against `max_length`, and which answers are cut?"""

from collections.abc import Sequence
from statistics import median

from audit.records import Preference
from audit.run.pair_findings import CHARACTERS_A_TOKEN, Lengths
from train.counting import CountedPair
from train.sides import middle_length, pairs_among, sides
from train.words import prompt_text

UNENDED_WORDS = 20
"""A shorter answer may well be a title, a name or a list of words that ends without a stop."""
GOES_ON = frozenset(",;:-(/&")
"""Signs after which a text goes on."""


def measure_lengths(
    pairs: Sequence[Preference], tokens: Sequence[CountedPair] | None, max_length: int
) -> Lengths:
    """Measure pairs or thumbs by the tokens given, in their order; without them by characters."""
    limit = max_length if tokens is not None else max_length * CHARACTERS_A_TOKEN
    measured = tokens if tokens is not None else [_characters(pair) for pair in pairs]
    chosen, rejected = sides(pairs)
    longer = [max(one.with_chosen, one.with_rejected) for one in measured]
    return Lengths(
        unit="characters" if tokens is None else "tokens",
        max_length=max_length,
        median=median(longer),
        longest=max(longer),
        cut=sum(length > limit for length in longer),
        full_prompts=sum(one.prompt >= limit for one in measured),
        chosen_gap=_gap(pairs, chosen, rejected),
        chosen_unended=sum(map(is_unended, chosen)),
        rejected_unended=sum(map(is_unended, rejected)),
    )


def _characters(pair: Preference) -> CountedPair:
    prompt, answers = len(prompt_text(pair)), pair.answers()
    return CountedPair(
        prompt=prompt,
        with_chosen=prompt + len(answers[0]),
        with_rejected=prompt + len(answers[-1]),
    )


def _gap(preferences: Sequence[Preference], chosen: list[str], rejected: list[str]) -> float:
    """Return by how much chosen answers are longer: within a pair, or liked against disliked."""
    if pairs := pairs_among(preferences):
        return median(len(pair.chosen) - len(pair.rejected) for pair in pairs)
    return middle_length(chosen) - middle_length(rejected)


def is_unended(answer: str) -> bool:
    """Say whether an answer of some length stops in the middle of a sentence.

    It ends in a word, or with a sign after which it would go on, and not in a list or a heading.
    """
    text = answer.rstrip()
    is_long = len(text.split()) >= UNENDED_WORDS
    last_line = text.rpartition("\n")[2].lstrip()
    is_item = last_line.startswith(("-", "*", "•", "#", "|")) or last_line[:1].isdigit()
    return is_long and not is_item and (text[-1].isalnum() or text[-1] in GOES_ON)
