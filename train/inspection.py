"""What does preference data look like, before anybody pays for training on it?"""

from collections import Counter
from collections.abc import Sequence

from audit.records import Preference
from audit.run.manifest import PairShape
from train.sides import middle_length, pairs_among, sides
from train.words import prompt_text


def shape_of(preferences: Sequence[Preference]) -> PairShape:
    """Count and measure pairs or thumbs; lengths are in characters."""
    chosen, rejected = sides(preferences)
    pairs = pairs_among(preferences)
    prompts = Counter(prompt_text(pair) for pair in preferences)
    return PairShape(
        multi_turn=sum(len(pair.prompt) > 1 for pair in preferences),
        repeated_prompts=sum(count - 1 for count in prompts.values()),
        median_prompt_characters=middle_length(map(prompt_text, preferences)),
        median_chosen_characters=middle_length(chosen),
        median_rejected_characters=middle_length(rejected),
        chosen_is_longer=(
            sum(len(pair.chosen) > len(pair.rejected) for pair in pairs) if pairs else None
        ),
    )
