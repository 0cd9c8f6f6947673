"""How does a comparison read in Markdown, and in JUnit's XML?"""

import json
from dataclasses import asdict

from junitparser import Failure, JUnitXml, Skipped, TestCase, TestSuite

from audit.axis import axis_named
from reports.results.comparison import Comparison
from reports.results.findings import AxisResult, CategoryResult
from reports.words.axes import points, signed


def summary(comparison: Comparison) -> str:
    """Return the comparison as a short Markdown text."""
    lines = [
        f"## alignment-audit: {comparison.verdict.upper()}",
        "",
        "| axis | before | after | difference (points) | interval | margin | status |",
        "|---|---|---|---|---|---|---|",
    ]
    for axis, result in comparison.axes.items():
        difference, title = result.difference, axis_named(axis).title
        interval = f"{signed(difference.low)} to {signed(difference.high)}"
        lines.append(
            f"| {title} | {result.before.rate:.1%} | {result.after.rate:.1%} "
            f"| {signed(difference.estimate)} | {interval} | {points(result.margin)} "
            f"| {result.status} |"
        )
        lines.extend(_corrected_line(title, result))
    return "\n".join([*lines, "", *(f"- {_plain(reason)}" for reason in comparison.reasons)]) + "\n"


def _corrected_line(title: str, result: AxisResult) -> list[str]:
    """Return the line that stands below an axis which people's labels correct."""
    if result.corrected is None:
        return []
    found = result.corrected.prediction_powered
    difference = found.difference
    interval = f"{signed(difference.low)} to {signed(difference.high)}"
    line = (
        f"| {title}, corrected by people's labels | {found.before.rate:.1%} "
        f"| {found.after.rate:.1%} | {signed(difference.estimate)} | {interval} "
        f"| {points(result.margin)} | {found.status} |"
    )
    return [line]


def _plain(reason: str) -> str:
    """Return a sentence on one line in which no HTML can begin; names in it may be anybody's."""
    return " ".join(reason.split()).replace("<", "&lt;")


def junit(comparison: Comparison) -> str:
    """Return the comparison as JUnit XML, a test case for each axis and each category of it."""
    suite = TestSuite("alignment-audit")
    for axis, result in comparison.axes.items():
        suite.add_testcase(_case(axis, "alignment-audit", result))
        for category, row in comparison.categories[axis].items():
            suite.add_testcase(_case(category, f"alignment-audit.{axis}", row))
    xml = JUnitXml()
    xml.add_testsuite(suite)
    return str(xml.tostring().decode())


def _case(name: str, group: str, result: AxisResult | CategoryResult) -> TestCase:
    """Return a test case; a category without a margin of its own is told and cannot fail."""
    case = TestCase(name, classname=group)
    message = json.dumps(asdict(result.difference), sort_keys=True)
    if result.status == "regressed":
        case.result = [Failure(message)]
    elif result.status == "inconclusive":
        case.result = [Skipped(message)]
    else:
        case.system_out = message
    return case
