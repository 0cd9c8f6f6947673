"""How does a comparison reach the files that people and programs read?"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from audit.files import digests
from audit.files.lines import read_records, write_atomically, write_json
from audit.records import AXES, Probe, Status
from audit.run.directory import AGAIN, SHORT_DIGEST, RunDirectory
from audit.settings.gate import Gate
from reports.axes import WORSE_IS, VerdictsByProbe, paired_values
from reports.checks.instruction_following import instruction_following
from reports.comparison.arm_choice import choose_arm
from reports.comparison.movement import movement, movement_sentences
from reports.comparison.noise import noise_floor
from reports.comparison.rated_helpfulness import as_table, rated_helpfulness, rated_sentence
from reports.comparison.sweep import Joined, join
from reports.comparison.two_arms import Arms, compare, rates
from reports.judges.panel import panel_opinions, panel_sentences
from reports.people.correction import corrected_axes
from reports.people.labelled_rows import read_labelled
from reports.people.summary import annotation_of
from reports.results import read_comparison
from reports.verdicts import read_verdicts, require_ends
from reports.words.axes import choice_sentences, noise_sentences
from reports.words.people import annotation_sentences
from reports.words.summaries import junit, summary


@dataclass(frozen=True)
class Material:
    """What an outcome is made of: the run's arms and those that joined, as one judge sees them."""

    run: RunDirectory
    gate: Gate
    judge: dict[str, Any]
    probes: list[Probe]
    joined: list[Joined]
    verdicts: dict[str, VerdictsByProbe]
    """By the arm's name here; `before` and `after` are the run's own."""

    @property
    def pair(self) -> tuple[VerdictsByProbe, VerdictsByProbe]:
        """The verdicts of the two arms that are compared."""
        return self.verdicts["before"], self.verdicts["after"]


Finding = tuple[str, Any, list[str]]
"""A key of comparison.json, what stands under it, and what is said of it."""


def write_outcome(
    run: RunDirectory,
    gate: Gate,
    arms: list[str],
    judge: dict[str, Any],
    others: list[RunDirectory],
) -> Status:
    """Compare `after` with `before` and write comparison.json, arms.json and the summaries.

    `judge` is the identity of the judge whose verdicts decide. The arms of other runs, of a sweep
    for example, join the table of arms and the choice among them; they must have been asked as
    this run's. A comparison that is replaced is kept.

    Raises:
        InputError: one of the two arms is missing, has not been scored, or another run was asked
            or judged in another way.
    """
    material = _read_material(run, gate, arms, judge, others)
    comparison = _compared(material)
    choice = choose_arm(material.probes, material.verdicts, gate)
    comparison["reasons"].extend(choice_sentences(choice))
    for key, found, sentences in _findings(material, arms, comparison["flips"]):
        comparison[key] = found
        comparison["reasons"].extend(sentences)
    _keep_former_comparison(run, comparison)
    write_json(run.arms_table, {"arms": _table(material), "choice": choice})
    write_json(run.comparison, comparison)
    write_atomically(run.root / "summary.md", summary(comparison))
    write_atomically(run.root / "junit.xml", junit(comparison))
    status: Status = comparison["verdict"]
    return status


def _read_material(
    run: RunDirectory,
    gate: Gate,
    arms: list[str],
    judge: dict[str, Any],
    others: list[RunDirectory],
) -> Material:
    require_ends(run, arms)
    probes = [probe for _, probe in read_records(run.probes, Probe)]
    before = run.read_manifest()["arms"]["before"]["identity"]
    joined = [Joined(arm, run, arm) for arm in arms if arm != AGAIN]
    joined += [found for other in others for found in join(other, before, judge)]
    verdicts = {one.name: read_verdicts(one.run, one.arm, judge["name"]) for one in joined}
    return Material(run, gate, judge, probes, joined, verdicts)


def _compared(material: Material) -> dict[str, Any]:
    """Return the comparison of the two arms, with what people say of their answers."""
    entries = material.run.read_manifest()["arms"]
    ends = dict(zip(("before", "after"), material.pair, strict=True))
    labelled = read_labelled(material.run, material.probes)
    corrections = corrected_axes(material.probes, ends, labelled, material.gate)
    identities = {arm: entries[arm]["identity"] for arm in ends}
    pair = Arms("before", "after", *material.pair)
    comparison = compare(material.probes, pair, material.gate, identities, corrections)
    comparison["judge"] = material.judge
    comparison["annotation"] = annotation_of(labelled, material.verdicts, material.gate.confidence)
    comparison["reasons"].extend(annotation_sentences(comparison))
    return comparison


def _findings(material: Material, arms: list[str], flips: dict[str, Any]) -> Iterator[Finding]:
    """Yield what is said beside the axes: movement, ratings, the panel, the noise floor."""
    run, gate, probes = material.run, material.gate, material.probes
    moved = movement(run, probes, gate.confidence)
    changes = {kind: asdict(change) for kind, change in moved.items()}
    yield "movement", changes, movement_sentences(moved, flips)
    rated = rated_helpfulness(probes, *material.pair, gate.confidence)
    said = [rated_sentence(rated, material.judge["name"])] if rated else []
    yield "rated_helpfulness", as_table(rated), said
    panel = panel_opinions(material.verdicts)
    yield "panel", panel, panel_sentences(panel)
    if AGAIN in arms:
        again = read_verdicts(run, AGAIN, material.judge["name"])
        floor = noise_floor(probes, material.pair[0], again)
        yield "noise_floor", floor, noise_sentences(floor, gate)
    change = run.read_manifest()["arms"]["after"].get("relative_weight_change")
    if change == 0.0:
        same = "The adapter changes no weight: after is the same model."
        yield "relative_weight_change", change, [same]


def _keep_former_comparison(run: RunDirectory, now: dict[str, Any]) -> None:
    """Keep the comparison that stands here, by another judge or without labels, by its digest."""
    if run.comparison.exists() and read_comparison(run) != json.loads(json.dumps(now)):
        digest = digests.of_files([run.comparison])[:SHORT_DIGEST]
        write_atomically(run.former_comparison(digest), run.comparison.read_bytes())


def _table(material: Material) -> list[dict[str, Any]]:
    """Return each arm's rates on every axis."""
    return [
        {
            "arm": one.name,
            "step": one.run.read_manifest()["arms"][one.arm]["step"],
            "axes": rates(material.probes, material.verdicts[one.name], material.gate.confidence),
            "ifeval": instruction_following(one.run, one.arm, material.probes),
        }
        for one in material.joined
    ]


def changes_by_axis(run: RunDirectory) -> dict[str, list[tuple[float, int]]]:
    """Count, for each axis, how many probes worsened by how much; negative is better."""
    probes = [probe for _, probe in read_records(run.probes, Probe)]
    judge = read_comparison(run)["judge"]["name"]
    before, after = (read_verdicts(run, arm, judge) for arm in ("before", "after"))
    counts = {}
    for axis in AXES:
        values = paired_values(axis, probes, before, after)
        worsening = WORSE_IS[axis] * (values.after - values.before)
        counts[axis] = sorted(Counter(worsening.tolist()).items())
    return {axis: found for axis, found in counts.items() if found}
