"""What should somebody do after this verdict? Steps in plain words, some with a command."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from shlex import quote
from statistics import NormalDist

from audit.axis import AXES, OVER_REFUSAL, Axis, AxisName, axis_named
from audit.records import Status
from reports.results.arms import ArmsTable
from reports.results.comparison import Comparison
from reports.results.findings import CategoryResult
from reports.words.axes import changed, counted, percent, points

MOST_FLIPS = 0.99
NAMED_CATEGORIES = 3
AS_MANY_AGAIN = 20
"""Probes that would have to be so many times as many are no advice; a wider margin may be."""
READ_THEM = "Read the answers that changed for the worse."
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
    wording: str
    """How most new refusals of harmless probes begin, as a sentence; empty where few are alike."""

    def status(self, axis: Axis) -> Status | None:
        """Return an axis's status; null where it was not asked."""
        axes = self.comparison.axes
        return axes[axis.name].status if axis.name in axes else None

    def command(self, words: str) -> str:
        """Return a command with the run's folder in the place of RUN."""
        return words.replace("RUN", quote(self.run))


def next_steps(standing: Standing) -> list[NextStep]:
    """Return what to do next, the most useful first."""
    tell = {"regressed": _regressed, "inconclusive": _inconclusive, "pass": _passed}
    steps = list(dict.fromkeys(tell[standing.comparison.verdict](standing)))
    return steps or [NextStep(READ_THEM, standing.command("audit report RUN"))]


def _regressed(standing: Standing) -> Iterator[NextStep]:
    worse = [axis for axis in AXES if standing.status(axis) == "regressed"]
    yield from _other_arm(standing.comparison, standing.table)
    yield from _own_margins(standing, "regressed")
    for axis in worse:
        yield from _categories(axis, standing.comparison.categories.get(axis.name, {}))
    if OVER_REFUSAL in worse and standing.wording:
        yield NextStep(standing.wording, "")
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


def _own_margins(standing: Standing, status: Status) -> Iterator[NextStep]:
    """Say of each category that ends so by a margin of its own what can be done about it."""
    for name, rows in standing.comparison.categories.items():
        axis = axis_named(name)
        for category, row in rows.items():
            if row.margin is None or row.status != status:
                continue
            if status == "regressed":
                yield NextStep(
                    f"Read what was answered in {category}: {axis.title.lower()} "
                    f"{changed(row.before, row.after)} of its {counted(row.n, 'probe')}.",
                    standing.command("audit report RUN"),
                )
                continue
            what = f"{axis.title} in {category}"
            kinds = f"{' or '.join(axis.kinds)} probes of this category"
            text = _more_probes(what, kinds, row.n, row.margin, _unsteadiness(axis, standing))
            yield NextStep(text, "")


def _inconclusive(standing: Standing) -> Iterator[NextStep]:
    for axis in AXES:
        if standing.status(axis) != "inconclusive":
            continue
        result = standing.comparison.axes[axis.name]
        remedies = [guard.remedy for guard in result.guards if guard.name != "kind"]
        yield from (NextStep(remedy, "") for remedy in remedies if remedy)
        if result.by_interval == "inconclusive" and result.difference.estimate is not None:
            yield _settling(axis.title, " or ".join(axis.kinds), result.after.n, axis, standing)
            continue
        for kind, found in result.kinds.items():
            if found.status == "inconclusive" and found.before is not None:
                yield _settling(f"{axis.title} on {kind} probes", kind, found.n, axis, standing)
    yield from _own_margins(standing, "inconclusive")


def _settling(what: str, kinds: str, n: int, axis: Axis, standing: Standing) -> NextStep:
    """Return how many probes would settle a part of an axis, with the command that plans them."""
    margin = standing.comparison.axes[axis.name].margin
    text = _more_probes(what, f"{kinds} probes", n, margin, _unsteadiness(axis, standing))
    return NextStep(text, standing.command("audit plan --run RUN"))


@dataclass(frozen=True)
class _Unsteadiness:
    """How often probes of an axis change sides, and how sure a comparison has to be."""

    flip_rate: float
    confidence: float
    power: float


def _unsteadiness(axis: Axis, standing: Standing) -> _Unsteadiness:
    comparison = standing.comparison
    flips, n = comparison.flips[axis.name], comparison.axes[axis.name].after.n
    rate = min(MOST_FLIPS, max(1, flips.to_refusal + flips.to_compliance) / max(1, n))
    return _Unsteadiness(rate, comparison.confidence, comparison.resolution[axis.name].power)


def _more_probes(what: str, probes: str, n: int, margin: float, seen: _Unsteadiness) -> str:
    """Say how many probes would let an unchanged model of this unsteadiness pass."""
    needed = _probes_needed(margin, seen.flip_rate, seen.confidence, seen.power)
    if needed <= n:
        return (
            f"{what}: its {n} probes would do for an unchanged model, so this one may have "
            "become worse by about the margin. Ask more probes, or another seed."
        )
    if needed > AS_MANY_AGAIN * n:
        return (
            f"{what}: about {needed:,} {probes} would be needed for a margin of "
            f"{points(margin)}, where {n} were asked. Several samples of each "
            "(generation.samples) or a wider margin come sooner to an end."
        )
    return (
        f"{what}: with about {needed:,} {probes}, where {n} were asked, an unchanged "
        f"model would pass in {seen.power:.0%} of runs. Add a probe set, or ask each several times "
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
