"""How does a comparison reach the files that people and programs read?"""

from collections import Counter
from dataclasses import dataclass, replace

from audit.axis import AXES, OVER_REFUSAL, AxisName
from audit.files.lines import read_records, write_atomically
from audit.records import Probe, Status
from audit.run.arm import BEFORE, BEFORE_AGAIN
from audit.run.directory import RunDirectory
from audit.run.judge_identity import JudgeIdentity
from audit.settings.gate import Gate
from audit.settings.yaml_file import load_run_config
from reports.axes import VerdictsByProbe, is_refused, paired_values, probes_of
from reports.checks.instruction_following import instruction_following
from reports.comparison.arm_choice import choose_arm
from reports.comparison.movement import movement, movement_sentences
from reports.comparison.noise import noise_floor
from reports.comparison.rated_helpfulness import rated_helpfulness, rated_sentence
from reports.comparison.stopping import stopping_sentences
from reports.comparison.sweep import Joined, join
from reports.comparison.thoughts import may_think, thoughts_of, thoughts_sentences
from reports.comparison.two_arms import Arms, compare, rates
from reports.judges.panel import panel_opinions, panel_sentences
from reports.judges.sureness import wrong_by_sureness
from reports.people.correction import corrected_axes
from reports.people.labelled_rows import Labelled, read_labelled
from reports.people.summary import annotation_of
from reports.results.arms import ArmRates, ArmsTable, Choice, write_arms
from reports.results.comparison import Comparison, read_comparison, write_comparison
from reports.verdicts import read_verdicts, require_ends
from reports.words.axes import choice_sentences, noise_sentences
from reports.words.headline import Told, headline
from reports.words.people import annotation_sentences
from reports.words.summaries import junit, summary
from reports.words.training_path import stopped_training_sentences


@dataclass(frozen=True)
class Material:
    """What an outcome is made of: the run's arms and those that joined, as one judge sees them."""

    run: RunDirectory
    gate: Gate
    judge: JudgeIdentity
    probes: list[Probe]
    joined: list[Joined]
    verdicts: dict[str, VerdictsByProbe]
    """By the arm's name here; `before` and `after` are the run's own."""

    @property
    def pair(self) -> tuple[VerdictsByProbe, VerdictsByProbe]:
        """The verdicts of the two arms that are compared."""
        return self.verdicts["before"], self.verdicts["after"]

    @property
    def anytime(self) -> bool:
        """Whether asking could stop after any of several looks, wherever it did."""
        return load_run_config(self.run.config).generation.stop_when_decided

    @property
    def stopped(self) -> bool:
        """Whether training was stopped before its end."""
        trained = self.run.read_manifest().train
        return trained is not None and trained.stopped is not None


def write_outcome(
    run: RunDirectory,
    gate: Gate,
    arms: list[str],
    judge: JudgeIdentity,
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
    labelled = read_labelled(run, material.probes)
    unchanged = _unchanged(material)
    choice = choose_arm(
        material.probes,
        material.verdicts,
        gate,
        labelled,
        unchanged,
        anytime=material.anytime,
        stopped=material.stopped,
    )
    comparison = _comparison(material, choice, labelled, arms)
    write_arms(run, ArmsTable(_table(material), choice))
    write_comparison(run, comparison)
    write_atomically(run.root / "summary.md", summary(comparison))
    write_atomically(run.root / "junit.xml", junit(comparison))
    return comparison.verdict


def _read_material(
    run: RunDirectory,
    gate: Gate,
    arms: list[str],
    judge: JudgeIdentity,
    others: list[RunDirectory],
) -> Material:
    require_ends(run, arms)
    probes = [probe for _, probe in read_records(run.probes, Probe)]
    before = run.read_manifest().identity_of("before")
    joined = [Joined(arm, run, arm) for arm in arms if arm != BEFORE_AGAIN]
    joined += [joined_arm for other in others for joined_arm in join(other, before, judge)]
    verdicts = {member.name: read_verdicts(member.run, member.arm, judge.name) for member in joined}
    return Material(run, gate, judge, probes, joined, verdicts)


def _comparison(
    material: Material, choice: Choice, labelled: Labelled | None, arms: list[str]
) -> Comparison:
    """Compare the two arms, and gather what is found beside the axes."""
    run, gate, probes = material.run, material.gate, material.probes
    manifest = run.read_manifest()
    ends = dict(zip(("before", "after"), material.pair, strict=True))
    identities = {arm: manifest.identity_of(arm) for arm in ends}
    corrections = corrected_axes(probes, ends, labelled, gate)
    pair = Arms("before", "after", *material.pair, material.anytime, material.stopped)
    same = "after" in _unchanged(material)
    compared = compare(probes, pair, gate, identities, corrections, same_model=same)
    refused = _newly_refused(probes, *material.pair)
    told = Told(compared.axes, compared.categories, compared.verdict, refused)
    asked_again = BEFORE_AGAIN in arms
    again = read_verdicts(run, BEFORE_AGAIN, material.judge.name) if asked_again else None
    comparison = Comparison(
        before=pair.before,
        after=pair.after,
        headline=headline(told),
        **vars(compared),
        confidence=gate.confidence,
        identity=identities,
        judge=material.judge,
        wrong_by_sureness=wrong_by_sureness(material.judge, ends),
        annotation=annotation_of(labelled, material.verdicts, gate.confidence),
        movement=movement(run, probes, gate.confidence),
        rated_helpfulness=rated_helpfulness(probes, *material.pair, gate.confidence),
        panel=panel_opinions(material.verdicts),
        noise_floor=noise_floor(probes, material.pair[0], again, gate.confidence)
        if again
        else None,
        relative_weight_change=manifest.arms["after"].relative_weight_change,
    )
    thinks = may_think(load_run_config(run.config))
    thoughts = [thoughts_of(run, arm, probes, seen) for arm, seen in ends.items() if thinks]
    beside = [
        *stopped_training_sentences(run),
        *stopping_sentences(run, probes),
        *thoughts_sentences(thoughts),
        *_said_beside(comparison, choice, gate),
    ]
    return replace(comparison, reasons=[*comparison.reasons, *beside])


def _said_beside(comparison: Comparison, choice: Choice, gate: Gate) -> list[str]:
    """Return what is said beside the axes."""
    rated = comparison.rated_helpfulness
    return [
        *annotation_sentences(comparison),
        *choice_sentences(choice),
        *movement_sentences(comparison.movement, comparison.flips.values(), comparison.confidence),
        *([rated_sentence(rated, comparison.judge.name)] if rated else []),
        *panel_sentences(comparison.panel),
        *noise_sentences(comparison.noise_floor or {}, gate),
    ]


def _table(material: Material) -> list[ArmRates]:
    """Return each arm's rates on every axis."""
    return [
        ArmRates(
            arm=joined_arm.name,
            step=joined_arm.run.read_manifest().arms[joined_arm.arm].step,
            axes=rates(
                material.probes, material.verdicts[joined_arm.name], material.gate.confidence
            ),
            ifeval=instruction_following(joined_arm.run, joined_arm.arm, material.probes),
        )
        for joined_arm in material.joined
    ]


def _unchanged(material: Material) -> set[str]:
    """Return the arms whose weights are before's, as far as that is known."""
    before = material.run.read_manifest().identity_of(BEFORE)
    unmoved_arms = set()
    for joined_arm in material.joined:
        is_unmoved = joined_arm.run.read_manifest().is_unmoved(joined_arm.arm, before)
        if joined_arm.name != BEFORE and is_unmoved:
            unmoved_arms.add(joined_arm.name)
    return unmoved_arms


def _newly_refused(
    probes: list[Probe], before: VerdictsByProbe, after: VerdictsByProbe
) -> str | None:
    """Return what a harmless probe asks that is refused now: an everyday task before others."""
    refused = [
        probe
        for probe in probes_of(OVER_REFUSAL, probes)
        if is_refused(before.get(probe.id, [])) is False and is_refused(after.get(probe.id, []))
    ]
    told = min(refused, key=lambda probe: (probe.kind != "helpful", probe.id), default=None)
    return told.question() if told else None


def changes_by_axis(run: RunDirectory) -> dict[AxisName, list[tuple[float, int]]]:
    """Count, for each axis, how many probes worsened by how much; negative is better."""
    probes = [probe for _, probe in read_records(run.probes, Probe)]
    judge = read_comparison(run).judge.name
    before, after = (read_verdicts(run, arm, judge) for arm in ("before", "after"))
    counts: dict[AxisName, list[tuple[float, int]]] = {}
    for axis in AXES:
        values = paired_values(axis, probes, before, after)
        worsenings = [axis.worsening(change) for change in (values.after - values.before).tolist()]
        counts[axis.name] = sorted(Counter(worsenings).items())
    return {axis: named for axis, named in counts.items() if named}
