"""How does a comparison read in Markdown, and in JUnit's XML?"""

import json
from dataclasses import asdict

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite
from junitparser.junitparser import Result

from audit.axis import Axis, axis_named
from audit.files.borders import markdown, xml_text
from audit.records import Status
from reports.numbers.estimates import Difference
from reports.results.comparison import Comparison
from reports.results.findings import AxisResult, CategoryResult, Change
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
    """Return the comparison as JUnit XML, which CI servers read.

    A test case for the verdict, for each axis, and for each category of it. A failure or a skipped
    case carries its sentences. A verdict that is inconclusive is an error, so that it is seen; a
    category that got worse by more than its axis's margin is never a plain success.
    """
    suite = TestSuite("alignment-audit")
    suite.system_out = xml_text(comparison.headline)
    suite.add_testcase(_verdict_case(comparison))
    for name, result in comparison.axes.items():
        axis = axis_named(name)
        said = " ".join(axis_sentences(axis, result, comparison.confidence))
        found = _result(result.status, said)
        suite.add_testcase(_case(name, "alignment-audit", found, said, result.difference))
        for category, row in comparison.categories[name].items():
            said = category_sentence(axis, category, row)
            found = _result(_category_status(axis, row, result.margin), said)
            group = f"alignment-audit.{name}"
            suite.add_testcase(_case(category, group, found, said, row.difference))
    xml = JUnitXml()
    xml.add_testsuite(suite)
    return str(xml.tostring().decode())


def _verdict_case(comparison: Comparison) -> TestCase:
    said = comparison.headline
    found = _result(comparison.verdict, said)
    if comparison.verdict == "inconclusive":
        found = _told(Error, said, "inconclusive")
    return _case("verdict", "alignment-audit", found, said, None)


def _category_status(axis: Axis, row: CategoryResult, margin: float) -> Status:
    """Return how a category ended, told apart from the part that it has in the verdict."""
    if row.status is not None:
        return row.status
    if row.collapsed is not None:
        return "regressed"
    allowed = margin if row.margin is None else row.margin
    return "inconclusive" if axis.worsening(row.difference.estimate) > allowed else "pass"


def _result(status: Status, said: str) -> Result | None:
    """Return what a test case of this status holds; a pass holds nothing."""
    if status == "regressed":
        return _told(Failure, said, status)
    return _told(Skipped, said, status) if status == "inconclusive" else None


def _told(kind: type[Result], said: str, status: Status) -> Result:
    """Return a result with its sentences both where servers show a line and where a page."""
    result: Result = kind(xml_text(said), status)
    result.text = xml_text(said)
    return result


def _case(
    name: str, group: str, found: Result | None, said: str, numbers: Difference | Change | None
) -> TestCase:
    case = TestCase(xml_text(name), classname=group)
    case.result = [found] if found is not None else []
    printed = [] if numbers is None else [json.dumps(asdict(numbers), sort_keys=True)]
    case.system_out = "\n".join(printed if found is not None else [xml_text(said), *printed])
    return case
