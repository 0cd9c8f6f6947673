"""What will preference data teach? Its pairs are read by `train`, and judged by `reports`."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from audit.errors import InputError, Problem
from audit.files.lines import read_records, write_json, write_records
from audit.jobs.child import run_child
from audit.records import Pair, Preference, Probe
from audit.run.directory import RunDirectory
from audit.run.messages import Tell
from audit.run.model_folder import find_model
from audit.run.pair_findings import Outlook, PairFindings, Spoken, Unit
from audit.run.prediction_file import write_prediction
from audit.settings.model import ModelConfig
from audit.settings.preferences import PreferencesConfig
from audit.settings.yaml_file import load_run_config
from probes.sets.library import builtin_probes
from reports.checks.languages import told_language
from reports.judges.looks import looks_of
from reports.judges.predictions import predict
from reports.judges.teaching import ReadPair, judge_pairs, opposites, what_is_taught
from train.contamination import find_contamination
from train.counting import CountedPair, CountingFolder
from train.duplicates import find_duplicates
from train.inspection import shape_of
from train.known_sets import provenance
from train.lengths import measure_lengths
from train.preferences import split_pairs
from train.sides import pairs_among, sides
from train.sources import PlacedPair

JUDGED_PAIRS = 5_000
"""Of more pairs so many are judged, drawn at random: shares are then known to a point or two."""
NOT_TOLD = "not told"


@dataclass(frozen=True)
class Inspection:
    """What is looked at, and against what."""

    preferences: PreferencesConfig
    probes: list[Probe]
    """The probes that are looked for in the data."""
    model: ModelConfig | None
    """Whose tokenizer counts; null where lengths are in characters."""
    max_length: int
    """The tokens of prompt and answer together that training keeps."""
    seed: int
    """Decides which pairs are drawn, as in training."""
    unpaired: bool
    """Whether rated answers without a pair are read too."""
    thumbs: bool
    """Whether training takes each answer of a pair with its own thumb."""


def inspect(inspection: Inspection, tell: Tell) -> PairFindings:
    """Read, measure and judge preference data, and predict what training on it does.

    Raises:
        InputError: a source cannot be read, nothing in it can be learned from, or the model has no
            tokenizer that can count.
    """
    found = split_pairs(inspection.preferences, inspection.seed, unpaired=inspection.unpaired)
    placed = _in_one_form(found.train, thumbs=inspection.thumbs)
    pairs = [one.pair for one in placed]
    unit = unit_of(pairs)
    counted = _token_counts(inspection.model, pairs, tell) if inspection.model else None
    tell(f"judging {min(len(pairs), JUDGED_PAIRS)} {unit}")
    return PairFindings(
        title=inspection.preferences.title(),
        unit=unit,
        pairs=len(pairs),
        unusable=found.unusable,
        sha256=found.sha256,
        shape=shape_of(pairs),
        contamination=find_contamination(pairs, inspection.probes),
        outlook=outlook_of(placed, inspection.seed),
        duplicates=find_duplicates(placed),
        lengths=measure_lengths(pairs, counted, inspection.max_length),
        languages=_languages(placed),
        provenance=[provenance(source) for source in inspection.preferences.all_sources()],
    )


def predict_training(run: RunDirectory, tell: Tell) -> None:
    """Write into a run what its training should do to each axis, before it has begun.

    A prediction that stands there already is kept.

    Raises:
        InputError: the preference data cannot be read or used.
    """
    if run.prediction.exists():
        return
    config = load_run_config(run.config)
    preferences = config.needed_preferences(str(run.config))
    unpaired = config.train.learns_from_thumbs
    found = split_pairs(preferences, config.train.seed, unpaired=unpaired)
    outlook = outlook_of(_in_one_form(found.train, thumbs=unpaired), config.train.seed)
    write_prediction(run, _without_examples(outlook))
    told = ", ".join(
        f"{one.axis.replace('_', ' ')} {one.direction}"
        for one in outlook.predictions
        if one.direction != NOT_TOLD
    )
    tell(f"prediction: {told or 'the pairs tell no direction of any axis'}")


def _in_one_form(found: Sequence[PlacedPair], *, thumbs: bool) -> list[PlacedPair]:
    """Return all as thumbs where that is wanted or some of them are; else the pairs as they are."""
    if not thumbs and all(isinstance(placed.pair, Pair) for placed in found):
        return list(found)
    return [replace(placed, pair=thumb) for placed in found for thumb in placed.pair.thumbs()]


def unit_of(preferences: Sequence[Preference]) -> Unit:
    """Return what preferences of one form are called."""
    return "pairs" if pairs_among(preferences) else "thumbs"


def outlook_of(pairs: Sequence[PlacedPair], seed: int) -> Outlook:
    """Judge the pairs, or a sample of many, and predict the direction of each axis."""
    drawn = list(pairs)
    if len(drawn) > JUDGED_PAIRS:
        drawn = random.Random(seed).sample(drawn, JUDGED_PAIRS)  # noqa: S311 - reproducible
    looks = looks_of(builtin_probes())
    judged = judge_pairs(
        [
            ReadPair(
                where=placed.where,
                turns=tuple(placed.pair.prompt),
                chosen=" ".join(liked),
                rejected=" ".join(disliked),
                look=placed.said or looks.look(placed.pair.prompt),
                language=_language(placed),
            )
            for placed in drawn
            for liked, disliked in [sides([placed.pair])]
        ]
    )
    teaching = what_is_taught(judged)
    return Outlook(
        pairs=len(drawn),
        of=len(pairs),
        looks_said_by_rows=sum(placed.said is not None for placed in drawn),
        unread=sum(not one.is_judged for one in judged),
        opposite=opposites(judged),
        teaching=teaching,
        predictions=predict(teaching, unit_of([placed.pair for placed in pairs])),
    )


def _language(placed: PlacedPair) -> str | None:
    """Return the language of a pair; that of the answer, which the judge reads, decides."""
    return told_language(placed.pair.answers()[0]) or told_language(placed.pair.prompt[-1].content)


def _languages(pairs: Sequence[PlacedPair]) -> list[Spoken]:
    spoken = Counter(_language(placed) or NOT_TOLD for placed in pairs)
    return [Spoken(language, count) for language, count in spoken.most_common()]


def _without_examples(outlook: Outlook) -> Outlook:
    """Return the same without texts of the data, which may be harmful and lie elsewhere anyway."""
    teaching = [replace(one, refusing=[], answering=[]) for one in outlook.teaching]
    return replace(outlook, teaching=teaching)


def _as_pair(preference: Preference) -> Pair:
    """Return a thumb's answer on both sides, since what is counted is the longer of the two."""
    if isinstance(preference, Pair):
        return preference
    answer = preference.completion
    return Pair(prompt=preference.prompt, chosen=answer, rejected=answer)


def _token_counts(model: ModelConfig, pairs: list[Preference], tell: Tell) -> list[CountedPair]:
    """Count tokens in a program of its own, which loads the library of tokenizers.

    Raises:
        InputError: the model has no tokenizer with a chat template, or it refuses a pair.
    """
    folder = find_model(model).folder
    with TemporaryDirectory(prefix="audit-") as place:
        counting = CountingFolder(Path(place))
        write_records(counting.pairs, [_as_pair(one) for one in pairs])
        write_json(counting.model, {"folder": str(folder.resolve())})
        run_child("train.counting", counting.root, counting.root / "counting.log", tell)
        counted = [row for _, row in read_records(counting.counts, CountedPair)]
    if len(counted) != len(pairs):
        raise InputError(Problem(str(folder), "counted other pairs than it was given", "try again"))
    return counted
