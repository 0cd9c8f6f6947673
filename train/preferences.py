"""Which pairs, or thumbs, are trained on and evaluated on, out of what the sources hold?"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from audit.errors import InputError, Problem
from audit.files import digests
from audit.files.lines import refuse
from audit.records import Preference
from audit.settings.preferences import PreferencesConfig
from train.mixing import mixed
from train.sources import ASKED_BY, PlacedPair, Source, is_on_hub, read_source
from train.thumb_rows import as_thumbs

SHOWN_REASONS = 5


@dataclass(frozen=True)
class Preferences:
    """The pairs to train on and to evaluate on, and how many rows had to be dropped."""

    train: Sequence[Preference]
    evaluation: Sequence[Preference]
    dropped: int
    sha256: str


@dataclass(frozen=True)
class Split:
    """The same with the place of every pair, and what is wrong with every row that is none."""

    train: list[PlacedPair]
    evaluation: list[PlacedPair]
    unusable: list[Problem]
    sha256: str


def load_preferences(
    config: PreferencesConfig, seed: int, *, unpaired: bool = False
) -> Preferences:
    """Read, check, mix, shuffle by the seed and cut the preference data.

    Where `unpaired` answers are learned from, all are thumbs; the two of a pair are trained on
    both, or held out both.

    Raises:
        InputError: a source cannot be read, rows cannot be used (all of them named, unless the
            configuration drops them), or nothing is left.
    """
    found = split_pairs(config, seed, unpaired=unpaired)
    train, evaluation = (
        [placed.pair for placed in part] for part in (found.train, found.evaluation)
    )
    if unpaired:
        train, evaluation = (_shuffled_thumbs(part, seed) for part in (train, evaluation))
    return Preferences(train, evaluation, len(found.unusable), found.sha256)


def _shuffled_thumbs(preferences: list[Preference], seed: int) -> list[Preference]:
    """Return all thumbs in an order in which those of one pair are seldom neighbours.

    KTO measures how far the model has moved by giving each prompt its neighbour's answer.
    """
    thumbs: list[Preference] = [*as_thumbs(preferences)]
    random.Random(f"{seed} thumbs").shuffle(thumbs)  # noqa: S311 - a reproducible order
    return thumbs


def split_pairs(config: PreferencesConfig, seed: int, *, unpaired: bool = False) -> Split:
    """Do the same with rows as they are, and keep where each stands.

    Raises:
        InputError: as `load_preferences` does.
    """
    sources = _read_all(config, unpaired=unpaired)
    evaluation_source = config.eval_source()
    apart = (
        read_source(evaluation_source, ASKED_BY, unpaired=unpaired) if evaluation_source else None
    )
    unusable = [problem for source in (*sources, apart) if source for problem in source.problems]
    if config.invalid_rows == "refuse":
        refuse(unusable)
    held_out = 0 if apart else config.eval_limit or 0
    wanted = config.limit + held_out if config.limit else None
    pairs = list(mixed(sources, seed, wanted))
    random.Random(seed).shuffle(pairs)  # noqa: S311 - a reproducible order, no secret
    evaluation = apart.pairs[: config.eval_limit] if apart else pairs[:held_out]
    train = pairs[held_out:][: config.limit]
    if not train:
        what = "no pair is left to train on"
        reasons = unusable[:SHOWN_REASONS]
        raise InputError(Problem(config.title(), what, "give more rows"), *reasons)
    sha256 = digests.of_json(
        [[placed.pair.model_dump() for placed in part] for part in (train, evaluation)]
    )
    return Split(train, evaluation, unusable, sha256)


def on_hub(config: PreferencesConfig) -> list[str]:
    """Return the titles of the sources that must be fetched from the hub."""
    evaluated = config.eval_source()
    named = [*config.all_sources(), *([evaluated] if evaluated else [])]
    return list(dict.fromkeys(source.title() for source in named if is_on_hub(source.path)))


def _read_all(config: PreferencesConfig, *, unpaired: bool) -> list[Source]:
    return [
        read_source(
            source,
            f"preferences.sources.{place}" if config.sources else ASKED_BY,
            unpaired=unpaired,
        )
        for place, source in enumerate(config.all_sources())
    ]
