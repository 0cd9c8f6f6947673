"""Does a model learn from the very prompts that it is asked afterwards?"""

from collections.abc import Iterable, Iterator

from audit.records import Preference, Probe
from audit.run.training_files import SHARED_WORDS, Contamination
from train.words import Words, words_of


def find_contamination(pairs: Iterable[Preference], probes: list[Probe]) -> Contamination:
    """Compare every turn and answer of the pairs with every probe's question.

    A question is exactly there where its words, without case and punctuation, are all the words
    of a turn or an answer. Questions of fewer than 8 words can only be there exactly.
    """
    texts: set[Words] = set()
    in_a_row: set[Words] = set()
    count = 0
    for pair in pairs:
        count += 1
        for text in (*(turn.content for turn in pair.prompt), *pair.answers()):
            words = words_of(text)
            texts.add(words)
            in_a_row.update(_in_a_row(words))
    asked = {probe.id: words_of(probe.question()) for probe in probes}
    exact = [probe for probe, words in asked.items() if words in texts]
    shared = [
        probe
        for probe, words in asked.items()
        if words not in texts and not in_a_row.isdisjoint(_in_a_row(words))
    ]
    return Contamination(len(probes), count, exact, shared)


def _in_a_row(words: Words) -> Iterator[Words]:
    return (words[place : place + SHARED_WORDS] for place in range(len(words) - SHARED_WORDS + 1))
