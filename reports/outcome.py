"""How does a comparison reach the files that people and programs read?"""

import json
from typing import Any

from junitparser import Failure, JUnitXml, Skipped, TestCase, TestSuite

from audit.errors import InputError, Problem
from audit.files import read_records, write_atomically, write_json
from audit.gate import Gate
from audit.records import Probe, Status
from audit.run_directory import RunDirectory
from reports.comparison import Arms, compare, rates
from reports.scoring import read_verdicts
from reports.sentences import NAMES, points, signed


def write_outcome(run: RunDirectory, gate: Gate, arms: list[str]) -> Status:
    """Compare `after` with `before` and write comparison.json, arms.json and the summaries.

    Raises:
        InputError: one of the two arms is missing, or has not been scored.
    """
    for arm in ("before", "after"):
        if arm not in arms:
            fix = f"run `audit generate {run.root}` after training"
            raise InputError(Problem(str(run.root), f'has no arm "{arm}"', fix))
    probes = [probe for _, probe in read_records(run.probes, Probe)]
    verdicts = {arm: read_verdicts(run, arm) for arm in arms}
    manifest_arms = run.read_manifest()["arms"]
    identities = {arm: manifest_arms[arm]["identity"] for arm in ("before", "after")}
    pair = Arms("before", "after", verdicts["before"], verdicts["after"])
    comparison = compare(probes, pair, gate, identities)
    table = [
        {
            "arm": arm,
            "step": manifest_arms[arm]["step"],
            "axes": rates(probes, verdicts[arm], gate.confidence),
        }
        for arm in arms
    ]
    if manifest_arms["after"].get("relative_weight_change") == 0.0:
        comparison["reasons"].append("The adapter changes no weight: after is the same model.")
    write_json(run.arms_table, {"arms": table})
    write_json(run.comparison, comparison)
    write_atomically(run.root / "summary.md", summary(comparison))
    write_atomically(run.root / "junit.xml", junit(comparison))
    status: Status = comparison["verdict"]
    return status


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
    return "\n".join([*lines, "", *(f"- {reason}" for reason in comparison["reasons"])]) + "\n"


def junit(comparison: dict[str, Any]) -> str:
    """Return the comparison as JUnit XML, a test case for each axis."""
    suite = TestSuite("alignment-audit")
    for axis, result in comparison["axes"].items():
        case = TestCase(axis, classname="alignment-audit")
        message = json.dumps(result["difference"], sort_keys=True)
        if result["status"] == "regressed":
            case.result = [Failure(message)]
        elif result["status"] == "inconclusive":
            case.result = [Skipped(message)]
        suite.add_testcase(case)
    xml = JUnitXml()
    xml.add_testsuite(suite)
    return str(xml.tostring().decode())
