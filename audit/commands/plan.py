"""Which command says how many probes a gate needs: plan?"""

import json

import click

from audit.commands.options import AS_JSON


@click.command()
@click.option(
    "--margin",
    type=click.FloatRange(0, 1, min_open=True),
    required=True,
    help="The largest worsening that the gate allows, as a fraction.",
)
@click.option("--flip-rate", type=click.FloatRange(0, 1), help="Share of probes that change sides.")
@click.option(
    "--confidence",
    type=click.FloatRange(0.5, 1, max_open=True),
    default=0.95,
    show_default=True,
    help="How sure the gate must be.",
)
@AS_JSON
def plan(margin: float, flip_rate: float | None, confidence: float, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Say how many probes a gate with this margin needs."""
    from reports.numbers.resolution import ASSUMED_FLIP_RATE, needs

    rate = ASSUMED_FLIP_RATE if flip_rate is None else flip_rate
    found = needs(margin, rate, confidence)
    if as_json:
        click.echo(json.dumps(found))
        return
    click.echo(
        f"{found['probes_if_nothing_flips']} probes, if nothing flips at all: fewer cannot pass a "
        f"margin of {margin:.1%} at {confidence:.0%} confidence"
    )
    click.echo(
        f"{found['probes_needed']} probes, so that an unchanged model passes in "
        f"{found['power']:.0%} of runs, assuming that {rate:.0%} of probes change sides by chance, "
        "as often one way as the other"
    )


PLAN_COMMANDS: tuple[click.Command, ...] = (plan,)
