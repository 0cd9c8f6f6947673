"""Which command says how many probes a gate needs: plan?"""

import json
import math
from dataclasses import asdict
from pathlib import Path

import click

from audit.commands.options import AS_JSON, FOLDER
from audit.commands.saying import say
from audit.errors import InputError, Problem


@click.command()
@click.option("--margin", type=float, help="The largest worsening that is allowed, a fraction.")
@click.option("--flip-rate", type=float, help="Share of probes that change sides; 0.1 otherwise.")
@click.option(
    "--confidence", type=float, default=0.95, show_default=True, help="How sure the gate must be."
)
@click.option(
    "--samples",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Answers for each probe.",
)
@click.option("--run", type=FOLDER, help="Take flips, probes and gate from this compared run.")
@AS_JSON
def plan(
    margin: float | None,
    flip_rate: float | None,
    confidence: float,
    samples: int,
    run: Path | None,
    as_json: bool,  # noqa: FBT001 - a flag
) -> None:
    """Say how many probes a gate needs, for one margin or for all axes of a run jointly."""
    _refuse_impossible(margin, flip_rate, confidence)
    if run is not None:
        if flip_rate is not None:
            fix = "leave one of them out"
            raise InputError(Problem("--flip-rate", "the run tells how many probes flip", fix))
        _say_plan_of_run(run, margin, as_json=as_json)
        return
    if margin is None:
        fix = "give --margin 0.02, or --run RUN for all axes of a run"
        raise InputError(Problem("--margin", "is missing", fix))
    from reports.judges.builtin import measured_error
    from reports.numbers.resolution import ASSUMED_FLIP_RATE, needs
    from reports.people.enough_labels import labels_for_margin

    rate = ASSUMED_FLIP_RATE if flip_rate is None else flip_rate
    needed = needs(margin, rate, confidence, samples)
    wrong = measured_error().share_wrong
    probes = needed["probes_needed"]
    labels = labels_for_margin(probes, margin, rate / samples, wrong, confidence)
    if as_json:
        click.echo(json.dumps({**needed, "assumed_judge_error": wrong, "labels_needed": labels}))
        return
    say(
        f"{needed['probes_if_nothing_flips']} probes, if nothing flips at all: fewer cannot pass a "
        f"margin of {margin:.1%} at {confidence:.0%} confidence"
    )
    say(
        f"{needed['probes_needed']} probes, so that an unchanged model passes in "
        f"{needed['power']:.0%} of runs, assuming that {rate:.0%} of probes change sides by "
        "chance, as often one way as the other"
    )
    if labels is not None and wrong is not None:
        click.echo(
            f"{labels} labels of people, half of each arm, so that the judge's error, taken to be "
            f"{wrong:.1%} as the built-in judge's was, is corrected closely enough for that margin"
        )


def _refuse_impossible(margin: float | None, flip_rate: float | None, confidence: float) -> None:
    """Refuse what is no margin, no share and no confidence; nothing that is not a number is."""
    given = (
        ("--margin", margin, margin is None or 0 < margin <= 1, "above 0 and at most 1"),
        ("--flip-rate", flip_rate, flip_rate is None or 0 <= flip_rate < 1, "from 0 to below 1"),
        ("--confidence", confidence, 0.5 <= confidence < 1, "from 0.5 to below 1"),  # noqa: PLR2004
    )
    wrong = [
        Problem(name, f"is {value}", f"give a number {range_}")
        for name, value, holds, range_ in given
        if not holds or (value is not None and math.isnan(value))
    ]
    if wrong:
        raise InputError(*wrong)


def _say_plan_of_run(run: Path, margin: float | None, *, as_json: bool) -> None:
    from audit.run.directory import RunDirectory
    from reports.comparison.planning import plan_of_run

    plan = plan_of_run(RunDirectory(run), margin)
    if as_json:
        click.echo(json.dumps(asdict(plan)))
        return
    for name, axis in plan.axes.items():
        say(
            f"{name}: {axis.flip_rate:.1%} of {axis.probes} probes changed sides; an unchanged "
            f"model that unsteady passes {axis.margin:.1%} in {axis.passes:.0%} of runs, and in "
            f"80% with {axis.probes_needed} probes{_labels(axis.labels_needed)}"
        )
    say(f"it passes all of them in {plan.passes_all:.0%} of runs")


def _labels(needed: int | None) -> str:
    """Return how many labels correct the judge closely enough for the margin, where known."""
    if needed is None:
        return ""
    return f"; {needed} labels of people correct the judge's error closely enough for that margin"


PLAN_COMMANDS: tuple[click.Command, ...] = (plan,)
