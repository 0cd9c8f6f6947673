"""Which responses have people labelled, and for how many of the run does each stand?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from audit.errors import InputError, Problem
from audit.files.lines import read_records
from audit.records import HumanLabel, Probe, Response
from audit.run.directory import RunDirectory
from reports.people.labels import Place, read_keys, read_labels
from reports.people.sample import Group, SampledRow, digest, group_of


@dataclass(frozen=True)
class LabelledRow:
    """A response with what people called it, by their names.

    `weight` is the number of responses of its arm and axis that it stands for.
    """

    arm: str
    probe_id: str
    sample: int
    group: Group
    labels: dict[str, str]
    weight: float


@dataclass(frozen=True)
class Labelled:
    """All labelled responses of a run that can be used.

    `stale` counts those whose answer is another by now, and `waiting` those of a drawing that
    speaks only for what an earlier one left, of which nothing is labelled yet.
    `answered` holds the samples that each arm has answered, by arm and probe.
    """

    rows: list[LabelledRow]
    stale: int
    waiting: int
    answered: dict[str, dict[str, set[int]]]


def read_labelled(run: RunDirectory, probes: Sequence[Probe]) -> Labelled | None:
    """Read what people have labelled, and weigh it by how it was drawn; null without labels.

    Raises:
        InputError: the key of a labelled response is gone.
    """
    return weigh(run, probes, read_labels(run))


def weigh(run: RunDirectory, probes: Sequence[Probe], labels: list[HumanLabel]) -> Labelled | None:
    """Weigh labels by how the run's responses were drawn; null without labels.

    Raises:
        InputError: the key of a labelled response is gone.
    """
    if not labels:
        return None
    keys = {key.place: key for key in read_keys(run).values()}
    _refuse_unknown(run, labels, keys)
    texts = {
        (arm, row.probe_id, row.sample): digest(row.text)
        for arm in {label.arm for label in labels} | {key.arm for key in keys.values()}
        if run.responses(arm).exists()
        for _, row in read_records(run.responses(arm), Response)
    }
    said: dict[Place, dict[str, str]] = {}
    for label in labels:
        said.setdefault(label.place, {})[label.annotator] = label.label
    fresh = {
        place: by_person
        for place, by_person in said.items()
        if texts.get(place) == keys[place].response_sha256
    }
    groups = {probe.id: group_of(probe.kind) for probe in probes}
    weights = weights_of(list(keys.values()), set(fresh), groups)
    rows = [
        LabelledRow(*place, groups[place[1]], by_person, weights[place])
        for place, by_person in sorted(fresh.items())
        if place in weights
    ]
    answered: dict[str, dict[str, set[int]]] = {}
    for arm, probe_id, sample in texts:
        answered.setdefault(arm, {}).setdefault(probe_id, set()).add(sample)
    known = sum(place[1] in groups for place in fresh)
    return Labelled(rows, len(said) - len(fresh), known - len(rows), answered)


def _refuse_unknown(
    run: RunDirectory, labels: list[HumanLabel], keys: dict[Place, SampledRow]
) -> None:
    for label in labels:
        if label.place not in keys:
            what = f'no batch holds the response to "{label.probe_id}" of {label.arm}'
            fix = f"restore {run.batch(label.batch)}/sample.jsonl"
            raise InputError(Problem(str(run.human_labels), what, fix))


def weights_of(
    keys: list[SampledRow], labelled: set[Place], groups: dict[str, Group]
) -> dict[Place, float]:
    """Return for how many responses each labelled one stands.

    Drawing k takes what earlier drawings left, with the chance p. So the rows of earlier drawings,
    each once, and those of drawing k, each 1 / p times, stand together for all responses. These
    readings, one for each drawing, are averaged by their numbers of labelled rows; rows that were
    passed over are made up for by the others of the same drawing, arm and axis. A row has no
    weight while an earlier drawing of its arm and axis has no label at all.
    """
    cells: dict[tuple[str, Group], list[SampledRow]] = {}
    for key in keys:
        if key.probe_id in groups:
            cells.setdefault((key.arm, groups[key.probe_id]), []).append(key)
    weights: dict[Place, float] = {}
    for rows in cells.values():
        there = [row for row in rows if row.place in labelled]
        drawn = Counter(row.draw for row in rows)
        unlabelled = set(drawn) - {row.draw for row in there}
        there = [row for row in there if row.draw < min(unlabelled, default=row.draw + 1)]
        counts = Counter(row.draw for row in there)
        for row in there:
            later = sum(count for number, count in counts.items() if number > row.draw)
            reading = (counts[row.draw] / row.probability + later) / len(there)
            weight = reading * drawn[row.draw] / counts[row.draw]
            weights[row.place] = weight
    return weights


def effective_size(weights: np.ndarray) -> float:
    """Return how many equally weighted rows say as much (Kish 1965)."""
    return float(weights.sum() ** 2 / (weights**2).sum()) if len(weights) else 0.0
