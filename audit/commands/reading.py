"""Which commands only read: probes, preference data, this machine?"""

import json
from pathlib import Path

import click

from audit.commands.options import AS_JSON, FILE, FOLDER
from audit.commands.preferences import preferences
from audit.commands.saying import say


@click.group()
def probes() -> None:
    """List, show and check probe sets."""


@probes.command("list")
@AS_JSON
def list_probes(as_json: bool) -> None:  # noqa: FBT001 - a flag
    """List the probe sets with their versions and counts."""
    from probes.sets.library import describe_sets

    rows = describe_sets()
    if as_json:
        click.echo(json.dumps(rows))
        return
    for row in rows:
        counts = ", ".join(f"{count} {kind}" for kind, count in row["counts"].items() if count)
        gated = ", gated" if row.get("gated") else ""
        version = row["version"] or "no version pinned"
        say(
            f"{row['name']} ({row['source']}, {version}): {counts or 'counts unknown'}; "
            f"{row['licence']}{gated}"
        )


@probes.command("show")
@click.argument("name", metavar="SET")
@click.option("--path", type=FILE, help="Read the set from this JSONL, JSON, CSV or Parquet file.")
@click.option("--limit", type=click.IntRange(min=1), help="Show at most so many.")
@AS_JSON
def show_probes(name: str, path: Path | None, limit: int | None, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Show the probes of a set."""
    from audit.files.borders import visible
    from audit.settings.probe_sets import ProbesConfig
    from audit.settings.section import section_of
    from probes.sets.library import load_set

    shown = load_set(section_of(ProbesConfig, "SET", set=name, path=str(path) if path else None))[
        :limit
    ]
    if as_json:
        click.echo(json.dumps([probe.model_dump(exclude_none=True) for probe in shown]))
        return
    for probe in shown:
        say(f"{probe.id}  {probe.category}: {visible(probe.question(), 300)}")


@probes.command("check")
@click.argument("files", type=FILE, nargs=-1, required=True)
def check_probes(files: tuple[Path, ...]) -> None:
    """Name every problem of probe files at once; twins may stand in another of the files."""
    from probes.sets.library import (
        builtin_probes,
        count_kinds,
        read_placed_probes,
        refuse_wrong_twins,
    )

    placed_in = {file: read_placed_probes(file) for file in files}
    together = [placed for placed_probes in placed_in.values() for placed in placed_probes]
    refuse_wrong_twins(together, [*(probe for _, probe in together), *builtin_probes()])
    for file, placed_probes in placed_in.items():
        counts = count_kinds([probe for _, probe in placed_probes])
        say(f"{file}: " + ", ".join(f"{n} {kind}" for kind, n in counts.items()))


@click.command()
@click.option("--report", is_flag=True, help="Print Markdown for a bug report, without your paths.")
@click.option(
    "--run", type=FOLDER, help="With --report: how far this run came, and its logs' ends."
)
@AS_JSON
def doctor(report: bool, run: Path | None, as_json: bool) -> None:  # noqa: FBT001 - flags
    """Say what this machine can run, and why not."""
    from audit.jobs.doctor import examine

    if report:
        _report_bug(run)
        return
    findings = examine()
    if as_json:
        click.echo(json.dumps(findings))
        return
    width = max(len(name) for name in findings)
    for name, finding in findings.items():
        say(f"{name:<{width}}  {finding}")


def _report_bug(run: Path | None) -> None:
    from audit.jobs.bug_report import bug_report
    from audit.run.directory import RunDirectory

    for line in bug_report(RunDirectory(run) if run else None).splitlines():
        say(line)


READING_COMMANDS: tuple[click.Command, ...] = (probes, preferences, doctor)
