"""How does a comparison read in Markdown, and in JUnit's XML?"""

import json
from dataclasses import asdict

from junitparser import Failure, JUnitXml, Skipped, TestCase, TestSuite

from audit.axis import axis_named
from audit.files.borders import markdown, xml_text
from reports.results.comparison import Comparison
from reports.results.findings import AxisResult, CategoryResult
from reports.words.axes import axis_sentences, category_sentence, percent, points, signed


def summary(comparison: Comparison) -> str:
    """Return the comparison as a short Markdown text."""
    lines = [
        f"## alignment-audit: {comparison.verdict.upper()}",
        "",
        markdown(comparison.headline),
        "",
        "| axis | before | after | difference (points) | interval | margin | status |",
        "|---|---|---|---|---|---|---|",
    ]
    for axis, result in comparison.axes.items():
        difference, title = result.difference, axis_named(axis).title
        interval = f"{signed(difference.low)} to {signed(difference.high)}"
        lines.append(
            f"| {title} | {percent(result.before.rate)} | {percent(result.after.rate)} "
            f"| {signed(difference.estimate)} | {interval} | {points(result.margin)} "
            f"| {result.status} |"
        )
        lines.extend(_corrected_line(title, result))
    return (
        "\n".join([*lines, "", *(f"- {markdown(reason)}" for reason in comparison.reasons)]) + "\n"
    )


def _corrected_line(title: str, result: AxisResult) -> list[str]:
    """Return the line that stands below an axis which people's labels correct."""
    if result.corrected is None:
        return []
    by_people = result.corrected.prediction_powered
    difference = by_people.difference
    interval = f"{signed(difference.low)} to {signed(difference.high)}"
    line = (
        f"| {title}, corrected by people's labels | {by_people.before.rate:.1%} "
        f"| {by_people.after.rate:.1%} | {signed(difference.estimate)} | {interval} "
        f"| {points(result.margin)} | {by_people.status} |"
    )
    return [line]


def junit(comparison: Comparison) -> str:
    """Return the comparison as JUnit XML, a test case for each axis and each category of it."""
    suite = TestSuite("alignment-audit")
    suite.system_out = xml_text(comparison.headline)
    for name, result in comparison.axes.items():
        axis = axis_named(name)
        said = " ".join(axis_sentences(axis, result, comparison.confidence))
        suite.add_testcase(_case(name, "alignment-audit", result, said))
        for category, row in comparison.categories[name].items():
            said = category_sentence(axis, category, row)
            suite.add_testcase(_case(category, f"alignment-audit.{name}", row, said))
    xml = JUnitXml()
    xml.add_testsuite(suite)
    return str(xml.tostring().decode())


def _case(name: str, group: str, result: AxisResult | CategoryResult, said: str) -> TestCase:
    """Return a test case; a category that has no part in the verdict is told and cannot fail."""
    said = xml_text(said)
    case = TestCase(xml_text(name), classname=group)
    numbers = json.dumps(asdict(result.difference), sort_keys=True)
    if result.status == "regressed":
        case.result = [Failure(said)]
    elif result.status == "inconclusive":
        case.result = [Skipped(said)]
    case.system_out = numbers if result.status not in (None, "pass") else f"{said}\n{numbers}"
    return case
