"""Is a probe found in the preference data, whole or in part?"""

from audit.records import Message, Pair, Probe
from train.contamination import find_contamination

LONG = "Please tell me how the old baker of our village made his famous rye bread"


def _probe(name: str, prompt: str) -> Probe:
    return Probe(id=name, set="s", kind="helpful", category="c", prompt=prompt)


def _pair(prompt: str, chosen: str) -> Pair:
    turns = [Message(role="user", content=prompt)]
    return Pair(prompt=turns, chosen=chosen, rejected="No.")


def test_exact_and_partial_copies_are_found() -> None:
    """Case and punctuation do not hide a copy; 8 words in a row are enough, 7 are not."""
    probes = [
        _probe("exact", "WHY is the sky -- blue?"),
        _probe("eight", "how the old baker of our village made cakes"),
        _probe("seven", "and the old baker of our village sang"),
        _probe("fresh", "What is the capital of Peru?"),
    ]
    pairs = [_pair("Why is the sky blue", "Because."), _pair("Bread?", LONG)]
    found = find_contamination(pairs, probes)
    assert (found.exact, found.shared_runs) == (["exact"], ["eight"])
    assert "1 stand in the preference data and 1 share 8 words" in found.sentence()


def test_the_demo_pairs_hold_no_probe() -> None:
    """The shipped pairs and the shipped probes are apart."""
    from audit.settings.run_config import PreferencesConfig
    from probes.sets.library import builtin_probes
    from train.preferences import load_preferences

    pairs = load_preferences(PreferencesConfig(path="demo"), seed=0).train
    found = find_contamination(pairs, builtin_probes())
    assert (found.exact, found.shared_runs) == ([], [])
    assert found.sentence().startswith("contamination: none of")
