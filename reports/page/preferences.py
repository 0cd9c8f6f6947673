"""What does preference data look like on a page of its own, before training?"""

from audit.run.pair_findings import PairFindings
from reports.words.preferences import (
    LOOK_WORDS,
    SIDES,
    heads,
    judged_sentence,
    prediction_sentence,
    sections,
    shares,
)
from reports.words.templates import render


def preferences_page(findings: PairFindings, version: str) -> str:
    """Return the findings as one HTML page, without script and without network.

    Texts of the data stand in parts that must be opened: they may be harmful.
    """
    return render(
        "preferences.html",
        findings=findings,
        predictions=[prediction_sentence(one) for one in findings.outlook.predictions],
        judged=judged_sentence(findings),
        taught=[
            {"look": LOOK_WORDS[one.look], "counts": one, "shares": shares(one)}
            for one in findings.outlook.teaching
        ],
        sections=sections(findings),
        heads=heads(findings.unit),
        sides=SIDES[findings.unit],
        version=version,
    )
