"""Which commands only read: probes, preference data, a judge against people, this machine?"""

import json
from pathlib import Path

import click

FILE = click.Path(path_type=Path, dir_okay=False)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON value on stdout.")


@click.group()
def probes() -> None:
    """List, show and check probe sets."""


@probes.command("list")
@AS_JSON
def list_probes(as_json: bool) -> None:  # noqa: FBT001 - a flag
    """List the probe sets with their versions and counts."""
    from probes.sets import BUILTIN, LICENCE, count_kinds, load_set

    rows = [
        {
            "name": name,
            "version": version,
            "licence": LICENCE,
            "counts": count_kinds(load_set(name, None)),
            "source": "builtin",
        }
        for name, version in BUILTIN.items()
    ]
    if as_json:
        click.echo(json.dumps(rows))
        return
    for row in rows:
        click.echo(f"{row['name']} {row['version']} ({row['licence']}): {row['counts']}")


@probes.command("show")
@click.argument("name", metavar="SET")
@click.option("--path", type=FILE, help="Read the probes from this JSONL file.")
@click.option("--limit", type=click.IntRange(min=1), help="Show at most so many.")
@AS_JSON
def show_probes(name: str, path: Path | None, limit: int | None, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Show the probes of a set."""
    from audit.files import visible
    from probes.sets import load_set

    shown = load_set(name, path)[:limit]
    if as_json:
        click.echo(json.dumps([probe.model_dump(exclude_none=True) for probe in shown]))
        return
    for probe in shown:
        click.echo(f"{probe.id}  {probe.category}: {visible(probe.question(), 300)}")


@probes.command("check")
@click.argument("file", type=FILE)
def check_probes(file: Path) -> None:
    """Name every problem of a probe file at once."""
    from probes.sets import count_kinds, read_probes

    counts = count_kinds(read_probes(file))
    click.echo(f"{file}: " + ", ".join(f"{count} {kind}" for kind, count in counts.items()))


@click.group()
def preferences() -> None:
    """Look at preference data before paying for training."""


@preferences.command("inspect")
@click.argument("dataset")
@click.option("--split", default="train", show_default=True, help="The hub data set's split.")
@AS_JSON
def inspect_preferences(dataset: str, split: str, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Count the pairs that can be learned from, and measure them."""
    from audit.config import PreferencesConfig
    from train.inspection import inspect

    config = PreferencesConfig(path=dataset, split=split, invalid_rows="drop")
    found = inspect(config)
    if as_json:
        click.echo(json.dumps(found))
        return
    for name, value in found.items():
        click.echo(f"{name.replace('_', ' ')}: {value}")


@click.command("judge-eval")
@click.argument("labels", type=FILE)
@click.option("--judge", type=click.Choice(["rules"]), default="rules", show_default=True)
@AS_JSON
def judge_eval(labels: Path, judge: str, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Measure a judge against people's labels."""
    from reports.judge_evaluation import evaluate

    found = evaluate(labels)
    if as_json:
        click.echo(json.dumps(found))
        return
    for source, row in {"overall": found["overall"], **found["by_source"]}.items():
        numbers = ", ".join(
            f"{key} {'none' if row[key] is None else format(row[key], '.3f')}"
            for key in ("accuracy", "precision", "recall", "f1", "kappa")
        )
        click.echo(f"{judge} on {source}: n {row['n']}, {numbers}")


@click.command()
@AS_JSON
def doctor(as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Say what this machine can run, and why not."""
    from audit.doctor import examine

    findings = examine()
    if as_json:
        click.echo(json.dumps(findings))
        return
    width = max(len(name) for name in findings)
    for name, finding in findings.items():
        click.echo(f"{name:<{width}}  {finding}")


READING_COMMANDS: tuple[click.Command, ...] = (probes, preferences, judge_eval, doctor)
