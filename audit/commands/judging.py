"""Which commands are about judges: how right is one, and where do two differ?"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from audit.commands.options import AS_JSON, FILE, FOLDER, TRUST
from audit.commands.saying import say

MEASURES = ("accuracy", "precision", "recall", "f1", "kappa")
SHOWN_WORST = 5
"""So many disagreements are printed; --json has all that were kept."""


@click.command("judge-eval")
@click.argument("labels", type=FILE)
@click.option("--judge", default="rules", show_default=True, metavar="NAME", help="Which judge.")
@click.option("--judges", "judges_file", type=FILE, help="A YAML file of further judges.")
@click.option("--out", type=FILE, help="Write the measured error here, for comparisons to cite.")
@AS_JSON
def judge_eval(
    labels: Path,
    judge: str,
    judges_file: Path | None,
    out: Path | None,
    as_json: bool,  # noqa: FBT001 - a flag
) -> None:
    """Measure a judge against people's labels.

    A model judge's replies are kept under runs/judge-eval, and nothing is asked twice.
    """
    from audit.commands.terminal import Terminal
    from audit.jobs.judging import find_judge
    from audit.settings.yaml_file import load_judges
    from reports.judges.evaluation import evaluate

    judges = load_judges(judges_file) if judges_file else {}
    with Terminal() as terminal:
        judging = find_judge(judge, judges, Path("runs") / "judge-eval", terminal.tell)
        identity = judging.judge.identity.model_dump(mode="json")
        measured = {**evaluate(labels, judging.judge, judging.ask), "judge": identity}
    if out:
        _write_error(out, labels, measured)
    if as_json:
        click.echo(json.dumps(measured))
    else:
        _say(judge, measured)


@click.command("judge-compare")
@click.argument("run", type=FOLDER)
@click.argument("first")
@click.argument("second")
@AS_JSON
def judge_compare(run: Path, first: str, second: str, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Say where two judges of a run differ, and whether they would decide differently."""
    from audit.jobs.stages import arm_names
    from audit.run.directory import RunDirectory
    from audit.run.seals import refuse_changed_files, refuse_stale_verdicts
    from audit.settings.yaml_file import load_run_config
    from probes.sets.library import read_probes
    from reports.judges.two_judges import compare_judges

    opened = RunDirectory(run)
    arms = arm_names(opened)
    refuse_changed_files(opened)
    for judge in (first, second):
        refuse_stale_verdicts(opened, judge, arms)
    gate = load_run_config(opened.config).gate
    compared = compare_judges(opened, read_probes(opened.probes), arms, (first, second), gate)
    if as_json:
        click.echo(json.dumps(compared))
        return
    for arm, row in compared["arms"].items():
        same = "none" if row["accuracy"] is None else f"{row['accuracy']:.1%}"
        kappa = "none" if row["kappa"] is None else f"{row['kappa']:.3f}"
        unscored = f", {row['unscored']} unscored by one" if row["unscored"] else ""
        say(f"{arm}: {same} of {row['n']} alike, kappa {kappa}{unscored}")
    for axis, by_judge in compared["axes"].items():
        for judge, side in by_judge.items():
            if side is not None:
                moved = f"{side['before']:.1%} to {side['after']:.1%} of {side['n']}"
                say(f"{axis} by {judge}: {moved}, {side['status']}")


@click.command()
@click.argument("run", type=FOLDER)
@click.option("--judge", required=True, metavar="NAME", help="A generative judge.")
@click.option("--judges", "judges_file", type=FILE, help="A YAML file of further judges.")
@TRUST
@AS_JSON
def pairwise(
    run: Path,
    judge: str,
    judges_file: Path | None,
    trust_endpoints: bool,  # noqa: FBT001 - a flag
    as_json: bool,  # noqa: FBT001 - a flag
) -> None:
    """Ask a judge whether the answers before or after help more, in both orders."""
    from audit.commands.terminal import Terminal
    from audit.jobs import judging
    from audit.run.directory import RunDirectory
    from audit.settings.yaml_file import load_judges

    judges = load_judges(judges_file) if judges_file else None
    opened = RunDirectory(run)
    opened.read_manifest()
    with Terminal() as terminal, opened.locked("run", wait_seconds=0):
        written = judging.pairwise(
            opened, terminal.tell, judge, judges, trust_endpoints=trust_endpoints
        )
    text = written.read_text(encoding="utf-8")
    if as_json:
        click.echo(text, nl=False)
        return
    counts = json.loads(text)
    for name in ("win_rate", "length_controlled"):
        row = counts[name]
        rate = "none" if row is None else "{rate:.1%} ({low:.1%} to {high:.1%})".format(**row)
        say(f"{name.replace('_', ' ')} of after: {rate}")
    say(f"of {counts['n']} harmless probes, {counts['unscored']} more unscored: {written}")


def _write_error(out: Path, labels: Path, evaluated: dict[str, Any]) -> None:
    """Write what a comparison cites: which judge, on which labels, when, and how right."""
    from audit.files.digests import of_files
    from audit.files.lines import write_json

    counts = {key: evaluated[key] for key in ("unscored", "seen_in_training")}
    measured = {**evaluated["overall"], **counts}
    labelled = {"labels": labels.name, "labels_sha256": of_files([labels])}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    error = {**measured, **labelled, "measured_at": now}
    write_json(out, {"judge": evaluated["judge"], "measured_error": error})


def _say(judge: str, evaluated: dict[str, Any]) -> None:
    from audit.files.borders import visible

    groups = {"overall": evaluated["overall"], **evaluated["by_source"]}
    groups |= {f"{kind} prompts": row for kind, row in evaluated["by_kind"].items()}
    for name, row in groups.items():
        numbers = ", ".join(_number(measure, row) for measure in MEASURES)
        say(f"{judge} on {name}: n {row['n']}, {numbers}")
    if sure := evaluated["calibration"]:
        say(f"calibration: expected error {sure['error']:.3f} of {sure['n']} confidences")
    if evaluated["seen_in_training"]:
        seen = (
            f"{evaluated['seen_in_training']} of these rows were in the built-in judge's training"
        )
        say(f"{seen}: on them it is better than on new ones (docs/judge.md)")
    if evaluated["unscored"]:
        why = evaluated["unscored_reasons"][0]
        say(f"unscored: {evaluated['unscored']} ({why['n']}: {why['reason']})")
    if evaluated["panel_disagreements"]:
        say(
            "panel: {judged} judged, {second_asked} by the second, {differing} differing".format(
                **evaluated["panel_disagreements"]
            )
        )
    for row in evaluated["worst"][:SHOWN_WORST]:
        shown = visible(row["response"].replace("\n", " "), 100)
        say(f"line {row['line']}: people {row['people']}, {judge} {row['judge']}: {shown}")


def _number(measure: str, row: dict[str, Any]) -> str:
    if row[measure] is None:
        return f"{measure} none"
    low, high = row["intervals"][measure]
    return f"{measure} {row[measure]:.3f} ({low:.3f} to {high:.3f})"


JUDGING_COMMANDS: tuple[click.Command, ...] = (judge_eval, judge_compare, pairwise)
