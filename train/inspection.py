"""What does a preference data set hold, before anybody pays for training on it?"""

from collections import Counter
from dataclasses import asdict
from statistics import median
from typing import Any

from audit.records import Pair, Probe
from audit.run.manifest import PairShape
from audit.settings.run_config import PreferencesConfig
from train.contamination import find_contamination
from train.preferences import load_preferences


def inspect(config: PreferencesConfig, probes: list[Probe]) -> dict[str, Any]:
    """Count the usable and unusable rows and measure the pairs; lengths are in characters.

    `contamination` says which of the probes stand in the data.
    """
    preferences = load_preferences(config, seed=0)
    pairs = preferences.train
    return {
        "pairs": len(pairs),
        "unusable_rows": preferences.dropped,
        **shape_of(pairs).model_dump(),
        "sha256": preferences.sha256,
        "contamination": asdict(find_contamination(pairs, probes)),
    }


def shape_of(pairs: list[Pair]) -> PairShape:
    """Count and measure the pairs; lengths are in characters."""
    prompts = Counter(_prompt(pair) for pair in pairs)
    return PairShape(
        multi_turn=sum(len(pair.prompt) > 1 for pair in pairs),
        repeated_prompts=sum(count - 1 for count in prompts.values()),
        median_prompt_characters=median(len(_prompt(pair)) for pair in pairs),
        median_chosen_characters=median(len(pair.chosen) for pair in pairs),
        median_rejected_characters=median(len(pair.rejected) for pair in pairs),
        chosen_is_longer=sum(len(pair.chosen) > len(pair.rejected) for pair in pairs),
    )


def _prompt(pair: Pair) -> str:
    return "\n\n".join(turn.content for turn in pair.prompt)
