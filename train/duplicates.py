"""What does preference data say twice, and where does it contradict itself?"""

from collections import defaultdict
from collections.abc import Sequence

from audit.records import Preference, Thumb
from audit.run.pair_findings import NEARLY, SHOWN, Duplicates
from train.likeness import near_pairs, shared_share
from train.sides import sides
from train.sources import PlacedPair
from train.words import Words, prompt_text, words_of

Sides = tuple[Words, Words]
COMPARED_PROMPTS = 20_000
"""Of more, the first so many are held against each other: the time grows faster than they do."""


def find_duplicates(pairs: Sequence[PlacedPair]) -> Duplicates:
    """Count pairs, or thumbs, that repeat or contradict another, but for case and punctuation."""
    by_prompt: dict[Words, list[tuple[PlacedPair, Sides]]] = defaultdict(list)
    for placed in pairs:
        by_prompt[words_of(prompt_text(placed.pair))].append((placed, _sides(placed.pair)))
    swapped, repeated = [], 0
    for asked in by_prompt.values():
        different = {both for _, both in asked}
        repeated += len(asked) - len(different)
        swapped += [
            placed for placed, (one, other) in asked if one != other and (other, one) in different
        ]
    first_of = [rows[0][0] for rows in by_prompt.values()][:COMPARED_PROMPTS]
    near = near_pairs([prompt_text(placed.pair) for placed in first_of])
    return Duplicates(
        swapped=len(swapped),
        same_pairs=repeated,
        near_prompts=len(near),
        compared_prompts=len(first_of),
        nearly_same_sides=sum(map(_sides_nearly_same, pairs)),
        swapped_places=[placed.where for placed in swapped[:SHOWN]],
        near_places=[
            f"{first_of[later].where} and {first_of[earlier].where}"
            for later, earlier in near[:SHOWN]
        ],
    )


def _sides(preference: Preference) -> Sides:
    """Return the words of the better and of the worse answer; of a thumb one of them has none."""
    better, worse = (" ".join(texts) for texts in sides([preference]))
    return words_of(better), words_of(worse)


def _sides_nearly_same(placed: PlacedPair) -> bool:
    if isinstance(placed.pair, Thumb):
        return False
    chosen, rejected = (
        frozenset(words_of(text)) for text in (placed.pair.chosen, placed.pair.rejected)
    )
    return shared_share(chosen, rejected) >= NEARLY
