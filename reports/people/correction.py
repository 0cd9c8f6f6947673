"""What are the judged axes once the judge's error, as people find it, is corrected?"""

from collections.abc import Sequence

import numpy as np

from audit.axis import AXES, Axis, AxisName
from audit.records import Probe
from audit.settings.gate import Gate
from reports.axes import VerdictsByProbe, axis_status, probes_of
from reports.people.corrected import Corrected, CorrectedResult, Correction, LabelledArm
from reports.people.labelled_rows import Labelled, LabelledRow
from reports.people.prediction_powered import prediction_powered
from reports.people.rogan_gladen import rogan_gladen

Judged = dict[tuple[str, int], float | None]
"""The judge's value of each answered probe and sample, null where it is unscored."""


def corrected_axes(
    probes: Sequence[Probe],
    arms: dict[str, VerdictsByProbe],
    labelled: Labelled | None,
    gate: Gate,
) -> dict[AxisName, Correction]:
    """Correct every judged axis on which people have labelled responses of both arms."""
    corrections = {
        axis.name: correct(axis, probes, arms, labelled, gate) if labelled else None
        for axis in AXES
        if axis.is_judged
    }
    return {name: correction for name, correction in corrections.items() if correction}


def correct(
    axis: Axis,
    probes: Sequence[Probe],
    arms: dict[str, VerdictsByProbe],
    labelled: Labelled,
    gate: Gate,
) -> Correction | None:
    """Correct an axis by two arms' labels; null where one of the arms has none on it.

    The probes are those that both arms have answered. A response that the judge left unscored
    counts with the mean of its arm in prediction-powered inference, which is right on average
    whatever is predicted, so that people's labels of such responses correct it; it says nothing of
    the judge's sensitivity and specificity and is left out of them.
    """
    asked = [
        probe.id
        for probe in probes_of(axis, list(probes))
        if all(probe.id in labelled.answered.get(arm, {}) for arm in arms)
    ]
    sides = [_labelled_arm(axis, arm, arms[arm], asked, labelled) for arm in arms]
    if not all(side.labels for side in sides):
        return None
    before, after = sides
    other = rogan_gladen(before, after, gate.confidence)
    return Correction(
        _result(axis, prediction_powered(before, after, gate.confidence), gate),
        None if isinstance(other, str) else _result(axis, other, gate),
        other if isinstance(other, str) else None,
    )


def _result(axis: Axis, corrected: Corrected, gate: Gate) -> CorrectedResult:
    status, _ = axis_status(axis, corrected.difference, gate.margin(axis))
    return CorrectedResult(corrected.before, corrected.after, corrected.difference, status)


def _labelled_arm(
    axis: Axis, arm: str, verdicts: VerdictsByProbe, asked: list[str], labelled: Labelled
) -> LabelledArm:
    """Gather one arm's judged and labelled responses to the probes asked."""
    samples = labelled.answered.get(arm, {})
    judged = _judged(axis, verdicts, asked, samples)
    scored = [value for value in judged.values() if value is not None]
    mean = sum(scored) / len(scored) if scored else 0.5
    places = {probe_id: place for place, probe_id in enumerate(asked)}
    rows = [row for row in labelled.rows if row.arm == arm and row.probe_id in places]
    said = [judged[row.probe_id, row.sample] for row in rows]
    return LabelledArm(
        predicted=np.array(
            [
                np.mean([_known_or(judged[probe_id, sample], mean) for sample in samples[probe_id]])
                for probe_id in asked
            ]
        ),
        place=np.array([places[row.probe_id] for row in rows], dtype=np.int64),
        people=np.array([_people(axis, row) for row in rows]),
        judge=np.array([_known_or(value, mean) for value in said]),
        scored=np.array([value is not None for value in said], dtype=bool),
        weight=np.array([row.weight / len(samples[row.probe_id]) for row in rows]),
    )


def _judged(
    axis: Axis, verdicts: VerdictsByProbe, asked: list[str], samples: dict[str, set[int]]
) -> Judged:
    counts = axis.counts or frozenset()
    labels = {
        (verdict.probe_id, verdict.sample): verdict.label
        for probe_id in asked
        for verdict in verdicts.get(probe_id, [])
        if verdict.label != "unscored"
    }
    return {
        (probe_id, sample): float(labels[probe_id, sample] in counts)
        if (probe_id, sample) in labels
        else None
        for probe_id in asked
        for sample in samples[probe_id]
    }


def _people(axis: Axis, row: LabelledRow) -> float:
    """Return the mean of what people say; a degenerate response is neither."""
    return sum(label in (axis.counts or ()) for label in row.labels.values()) / len(row.labels)


def _known_or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value
