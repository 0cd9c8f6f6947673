"""How does a comparison reach the files that people and programs read?"""

import json
from collections import Counter
from dataclasses import asdict
from typing import Any

from junitparser import Failure, JUnitXml, Skipped, TestCase, TestSuite

from audit.errors import InputError, Problem
from audit.files import read_records, write_atomically, write_json
from audit.gate import Gate
from audit.records import AXES, Axis, Probe, Status
from audit.run_directory import AGAIN, RunDirectory
from reports.arm_choice import choose_arm
from reports.axes import WORSE_IS, VerdictsByProbe, paired_values
from reports.checks.instruction_following import instruction_following
from reports.comparison import Arms, compare, rates
from reports.judges.panel import panel_opinions, panel_sentences
from reports.movement import movement, movement_sentences
from reports.noise import noise_floor
from reports.people.correction import corrected_axes
from reports.people.labelled_rows import read_labelled
from reports.people.sentences import annotation_sentences
from reports.people.summary import annotation_of
from reports.rated_helpfulness import as_table, rated_helpfulness, rated_sentence
from reports.results import read_comparison
from reports.sentences import NAMES, choice_sentences, noise_sentences, points, signed
from reports.sweep import Joined, join
from reports.verdicts import read_verdicts


def write_outcome(
    run: RunDirectory,
    gate: Gate,
    arms: list[str],
    judge: dict[str, Any],
    others: list[RunDirectory],
) -> Status:
    """Compare `after` with `before` and write comparison.json, arms.json and the summaries.

    `judge` is the identity of the judge whose verdicts decide.

    The arms of other runs, of a sweep for example, join the table of arms and the choice among
    them; they must have been asked as this run's.

    Raises:
        InputError: one of the two arms is missing, has not been scored, or another run was asked
            in another way.
    """
    for arm in ("before", "after"):
        if arm not in arms:
            fix = f"run `audit generate {run.root}` after training"
            raise InputError(Problem(str(run.root), f'has no arm "{arm}"', fix))
    probes = [probe for _, probe in read_records(run.probes, Probe)]
    entries = run.read_manifest()["arms"]
    identities = {arm: entries[arm]["identity"] for arm in ("before", "after")}
    joined = [Joined(arm, run, arm) for arm in arms if arm != AGAIN]
    joined += [found for other in others for found in join(other, identities["before"], judge)]
    name = judge["name"]
    verdicts = {one.name: read_verdicts(one.run, one.arm, name) for one in joined}
    pair = Arms("before", "after", verdicts["before"], verdicts["after"])
    labelled = read_labelled(run, probes)
    corrections = corrected_axes(
        probes, {arm: verdicts[arm] for arm in ("before", "after")}, labelled, gate
    )
    comparison = {**compare(probes, pair, gate, identities, corrections), "judge": judge}
    comparison["annotation"] = annotation_of(labelled, verdicts, gate.confidence)
    comparison["reasons"].extend(annotation_sentences(comparison))
    choice = choose_arm(probes, verdicts, gate)
    comparison["reasons"].extend(choice_sentences(choice))
    moved = movement(run, probes, gate.confidence)
    comparison["movement"] = {kind: asdict(change) for kind, change in moved.items()}
    comparison["reasons"].extend(movement_sentences(moved, comparison["flips"]))
    pair_of_verdicts = verdicts["before"], verdicts["after"]
    rated = rated_helpfulness(probes, *pair_of_verdicts, gate.confidence)
    comparison["rated_helpfulness"] = as_table(rated)
    comparison["reasons"].extend([rated_sentence(rated, name)] if rated else [])
    comparison["panel"] = panel_opinions(verdicts)
    comparison["reasons"].extend(panel_sentences(comparison["panel"]))
    if AGAIN in arms:
        floor = noise_floor(probes, verdicts["before"], read_verdicts(run, AGAIN, name))
        comparison["noise_floor"] = floor
        comparison["reasons"].extend(noise_sentences(floor, gate))
    if entries["after"].get("relative_weight_change") == 0.0:
        comparison["reasons"].append("The adapter changes no weight: after is the same model.")
    table = [_row(one, probes, verdicts[one.name], gate) for one in joined]
    write_json(run.arms_table, {"arms": table, "choice": choice})
    write_json(run.comparison, comparison)
    write_atomically(run.root / "summary.md", summary(comparison))
    write_atomically(run.root / "junit.xml", junit(comparison))
    status: Status = comparison["verdict"]
    return status


def _row(one: Joined, probes: list[Probe], verdicts: VerdictsByProbe, gate: Gate) -> dict[str, Any]:
    return {
        "arm": one.name,
        "step": one.run.read_manifest()["arms"][one.arm]["step"],
        "axes": rates(probes, verdicts, gate.confidence),
        "ifeval": instruction_following(one.run, one.arm, probes),
    }


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


def summary(comparison: dict[str, Any]) -> str:
    """Return the comparison as a short Markdown text."""
    lines = [
        f"## alignment-audit: {comparison['verdict'].upper()}",
        "",
        "| axis | before | after | difference (points) | interval | margin | status |",
        "|---|---|---|---|---|---|---|",
    ]
    for axis, result in comparison["axes"].items():
        difference = result["difference"]
        interval = f"{signed(difference['low'])} to {signed(difference['high'])}"
        lines.append(
            f"| {NAMES[axis]} | {result['before']['rate']:.1%} | {result['after']['rate']:.1%} "
            f"| {signed(difference['estimate'])} | {interval} | {points(result['margin'])} "
            f"| {result['status']} |"
        )
        lines.extend(_corrected_line(axis, result))
    return "\n".join([*lines, "", *(f"- {reason}" for reason in comparison["reasons"])]) + "\n"


def _corrected_line(axis: Axis, result: dict[str, Any]) -> list[str]:
    """Return the line that stands below an axis which people's labels correct."""
    if not result["corrected"]:
        return []
    found = result["corrected"]["prediction_powered"]
    difference = found["difference"]
    interval = f"{signed(difference['low'])} to {signed(difference['high'])}"
    line = (
        f"| {NAMES[axis]}, corrected by people's labels | {found['before']['rate']:.1%} "
        f"| {found['after']['rate']:.1%} | {signed(difference['estimate'])} | {interval} "
        f"| {points(result['margin'])} | {found['status']} |"
    )
    return [line]


def junit(comparison: dict[str, Any]) -> str:
    """Return the comparison as JUnit XML, a test case for each axis and each category of it."""
    suite = TestSuite("alignment-audit")
    for axis, result in comparison["axes"].items():
        suite.add_testcase(_case(axis, "alignment-audit", result))
        for category, row in comparison["categories"][axis].items():
            suite.add_testcase(_case(category, f"alignment-audit.{axis}", row))
    xml = JUnitXml()
    xml.add_testsuite(suite)
    return str(xml.tostring().decode())


def _case(name: str, group: str, result: dict[str, Any]) -> TestCase:
    """Return a test case; a category without a margin of its own is told and cannot fail."""
    case = TestCase(name, classname=group)
    message = json.dumps(result["difference"], sort_keys=True)
    if result["status"] == "regressed":
        case.result = [Failure(message)]
    elif result["status"] == "inconclusive":
        case.result = [Skipped(message)]
    else:
        case.system_out = message
    return case
