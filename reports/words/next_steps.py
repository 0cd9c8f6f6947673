"""What should somebody do after this verdict? Steps in plain words, some with a command."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from shlex import quote
from statistics import NormalDist

from audit.axis import AXES, Axis, AxisName, axis_named
from audit.records import Status
from audit.run.manifest import Manifest
from audit.settings.run_config import RunConfig
from reports.results.arms import ArmsTable
from reports.results.comparison import Comparison
from reports.results.findings import AxisResult, CategoryResult
from reports.words.axes import changed, counted, percent, points

MOST_FLIPS = 0.99
NAMED_CATEGORIES = 3
AS_MANY_AGAIN = 20
"""Probes that would have to be so many times as many are no advice; a wider margin may be."""
FURTHER = 3.0
"""By how much another beta differs enough to be worth a training."""


@dataclass(frozen=True)
class NextStep:
    """One thing to do or to know next; the command is empty where none would help."""

    text: str
    command: str


@dataclass(frozen=True)
class Standing:
    """What is known of a compared run."""

    comparison: Comparison
    table: ArmsTable
    """Its arms, and the choice among them."""
    run: str
    """Its folder, as commands name it."""
    beta: float | None
    """With which it was trained; null where it trained nothing, and no other can be tried."""

    def status(self, axis: Axis) -> Status | None:
        """Return an axis's status; null where it was not asked."""
        axes = self.comparison.axes
        return axes[axis.name].status if axis.name in axes else None

    def command(self, words: str) -> str:
        """Return a command with the run's folder in the place of RUN."""
        return words.replace("RUN", quote(self.run))


def trained_beta(manifest: Manifest, config: RunConfig) -> float | None:
    """Return the beta that the run's arms were trained with; null where it trained none."""
    return config.train.beta if manifest.origin == "training" else None


def next_steps(standing: Standing) -> list[NextStep]:
    """Return what to do next, the most useful first."""
    tell = {"regressed": _regressed, "inconclusive": _inconclusive, "pass": _passed}
    return list(dict.fromkeys(tell[standing.comparison.verdict](standing)))


def _regressed(standing: Standing) -> Iterator[NextStep]:
    worse = [axis for axis in AXES if standing.status(axis) == "regressed"]
    yield from _other_arm(standing.comparison, standing.table)
    for axis in worse:
        yield from _categories(axis, standing.comparison.categories.get(axis.name, {}))
    if standing.beta is None:
        return
    for axis in worse:
        factor = 1 / FURTHER if axis.wants_more_training else FURTHER
        tried = f"--set train.beta={standing.beta * factor:.2g} --out RUN-beta"
        tried = f"audit train-and-compare RUN/config.yaml {tried}"
        yield NextStep(axis.usual_remedy, standing.command(tried))


def _other_arm(comparison: Comparison, table: ArmsTable) -> Iterator[NextStep]:
    """Name the arm on the way that passes, or the one that comes nearest to passing."""
    recommended = table.choice.recommended
    if recommended and recommended != comparison.after:
        yield NextStep(f"The arm {recommended} passes every axis: it may do in place of after.", "")
        return
    before = next((arm for arm in table.arms if arm.arm == comparison.before), None)
    others = [arm for arm in table.arms if arm.arm in table.choice.arms and arm is not before]
    if before is None or len(others) < 2:  # noqa: PLR2004 - with one there is nothing to choose
        return

    def beyond(rates: Mapping[AxisName, float]) -> float:
        return max(
            axis_named(name).worsening(rates[name] - before.axes[name].rate) - result.margin
            for name, result in comparison.axes.items()
            if name in rates and name in before.axes
        )

    rates = {arm.arm: {name: row.rate for name, row in arm.axes.items()} for arm in others}
    nearest = min(rates, key=lambda name: beyond(rates[name]))
    if nearest == comparison.after:
        yield NextStep("Of the arms that were saved, after comes nearest to passing.", "")
        return
    said = ", ".join(
        f"{axis_named(name).title.lower()} {percent(rate)}" for name, rate in rates[nearest].items()
    )
    yield NextStep(f"No arm passes; {nearest} comes nearest to it ({said}).", "")


def _categories(axis: Axis, rows: Mapping[str, CategoryResult]) -> Iterator[NextStep]:
    """Name the categories that most of a worsening comes from."""
    lost = {
        name: axis.worsening(row.difference.estimate) * row.n
        for name, row in rows.items()
        if row.difference.estimate and axis.worsening(row.difference.estimate) > 0
    }
    if not lost or len(rows) == 1:
        return
    first = sorted(lost, key=lambda name: (-lost[name], name))[:NAMED_CATEGORIES]
    share = sum(lost[name] for name in first) / sum(lost.values())
    parts = ", ".join(
        f"{name} ({changed(rows[name].before, rows[name].after)} of {rows[name].n})"
        for name in first
    )
    yield NextStep(
        f"Look first at {parts}: {share:.0%} of what got worse in {axis.title.lower()} is there.",
        "",
    )


def _inconclusive(standing: Standing) -> Iterator[NextStep]:
    for axis in AXES:
        if standing.status(axis) != "inconclusive":
            continue
        result = standing.comparison.axes[axis.name]
        remedies = [guard.remedy for guard in result.guards if guard.name != "kind"]
        yield from (NextStep(remedy, "") for remedy in remedies if remedy)
        if result.by_interval == "inconclusive" and result.difference.estimate is not None:
            text = _more_probes(axis, result, standing.comparison)
            yield NextStep(text, standing.command("audit plan --run RUN"))


def _more_probes(axis: Axis, result: AxisResult, comparison: Comparison) -> str:
    """Say how many probes would let an unchanged model of this unsteadiness pass."""
    flips = comparison.flips[axis.name]
    n = result.after.n
    rate = min(MOST_FLIPS, max(1, flips.to_refusal + flips.to_compliance) / n)
    power = comparison.resolution[axis.name].power
    needed = _probes_needed(result.margin, rate, comparison.confidence, power)
    kinds = " or ".join(axis.kinds)
    if needed <= n:
        return (
            f"{axis.title}: its {n} probes would do for an unchanged model, so this one may have "
            "become worse by about the margin. Ask more probes, or another seed."
        )
    if needed > AS_MANY_AGAIN * n:
        return (
            f"{axis.title}: about {needed:,} {kinds} probes would be needed for a margin of "
            f"{points(result.margin)}, where {n} were asked. Several samples of each "
            "(generation.samples) or a wider margin come sooner to an end."
        )
    return (
        f"{axis.title}: with about {needed:,} {kinds} probes, where {n} were asked, an unchanged "
        f"model would pass in {power:.0%} of runs. Add a probe set, or ask each several times "
        "(generation.samples with a temperature above 0)."
    )


def _probes_needed(margin: float, flip_rate: float, confidence: float, power: float) -> int:
    """Return about how many probes an unchanged model needs to pass a margin so often.

    The normal approximation, and at least what a comparison without any flip needs; `audit plan`
    sums all outcomes, for which the page and the command would have to load scipy.
    """
    sure = NormalDist().inv_cdf((1 + confidence) / 2)
    without_flips = sure**2 * (1 - margin) / margin
    with_flips = flip_rate * ((sure + NormalDist().inv_cdf(power)) / margin) ** 2
    return ceil(max(without_flips, with_flips))


def _passed(standing: Standing) -> Iterator[NextStep]:
    """Say what this pass has not seen, and how to make it the standard."""
    comparison = standing.comparison
    for axis in AXES:
        result = comparison.axes.get(axis.name)
        if result is None:
            yield NextStep(f"{axis.title} was not asked: this pass says nothing of it.", "")
            continue
        _, most = axis.worsening_between(result.difference.low, result.difference.high)
        unscored = result.before.unscored + result.after.unscored
        also = f"; {counted(unscored, 'response')} could not be judged" if unscored else ""
        worsening = f"a worsening of {axis.title.lower()} by up to {points(max(0.0, most))}"
        yield NextStep(f"Not seen: {worsening} is still possible{also}.", "")
    if comparison.annotation is None:
        text = "Nobody has labelled these answers: a sample says how far the judge is right here."
        yield NextStep(text, standing.command("audit annotate RUN"))
    text = "If this model is to be the standard for the next ones, say so and why."
    yield NextStep(text, standing.command('audit bless RUN --name release --reason "..."'))


def spoken(steps: Sequence[NextStep]) -> list[str]:
    """Return the steps as lines, each with its command."""
    return [f"{step.text} {f'`{step.command}`' if step.command else ''}".strip() for step in steps]
