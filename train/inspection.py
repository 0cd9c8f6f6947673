"""What does preference data look like, before anybody pays for training on it?"""

from collections import Counter
from statistics import median

from audit.records import Pair
from audit.run.manifest import PairShape
from train.words import prompt_text


def shape_of(pairs: list[Pair]) -> PairShape:
    """Count and measure the pairs; lengths are in characters."""
    prompts = Counter(prompt_text(pair) for pair in pairs)
    return PairShape(
        multi_turn=sum(len(pair.prompt) > 1 for pair in pairs),
        repeated_prompts=sum(count - 1 for count in prompts.values()),
        median_prompt_characters=median(len(prompt_text(pair)) for pair in pairs),
        median_chosen_characters=median(len(pair.chosen) for pair in pairs),
        median_rejected_characters=median(len(pair.rejected) for pair in pairs),
        chosen_is_longer=sum(len(pair.chosen) > len(pair.rejected) for pair in pairs),
    )
