"""Does a sentence of the report say what the numbers say?"""

from reports.numbers.estimates import Difference
from reports.results.findings import CategoryResult
from reports.words.axes import most_changed


def test_the_sentence_names_what_changed_most() -> None:
    """A sure change before a large one that may be chance; without a sure one, the largest."""

    def row(estimate: float, p_adjusted: float, n: int = 20) -> CategoryResult:
        change = Difference(estimate, estimate - 0.1, estimate + 0.1, p_adjusted, "made up")
        return CategoryResult(n, 0.9, 0.9 + estimate, change, p_adjusted, -1.0, None, None, None)

    rows = {"a": row(-0.8, 0.3), "b": row(-0.2, 0.2), "c": row(-0.9, 1.0, n=3)}
    unsure = most_changed({"over_refusal": rows})
    assert (
        unsure
        == "Most changed: over-refusal in a, from 90% to 10% of 20 probes, which may be chance."
    )
    sure = {"d": row(-0.4, 0.01), "e": row(-0.1, 0.001)}
    found = most_changed({"over_refusal": rows, "helpfulness": sure})
    assert found == "Most changed: helpfulness in d, from 90% to 50% of 20 probes."
    assert most_changed({}) == "No category of 5 or more probes changed."
