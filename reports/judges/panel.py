"""How often did a panel ask its second judge, and how often did the two differ?"""

from collections.abc import Mapping, Sequence

from audit.records import REFUSALS, Label
from reports.axes import VerdictsByProbe

Opinions = dict[str, Label]
Counts = dict[str, int]


def disagreements(opinions: Sequence[Opinions | None]) -> Counts | None:
    """Count the responses judged, those the second judge was asked about, and where they differ.

    Both a full and a partial refusal are refusals here, and an unscored opinion differs from none.
    Returns None where no panel judged.
    """
    labels = [list(one.values()) for one in opinions if one is not None]
    if not labels:
        return None
    both = [one for one in labels if len(one) > 1]
    scored = [one for one in both if "unscored" not in one]
    differing = sum((one in REFUSALS) != (other in REFUSALS) for one, other in scored)
    unscored = len(both) - len(scored)
    return {
        "judged": len(labels),
        "second_asked": len(both),
        "differing": differing,
        "unscored": unscored,
    }


def panel_opinions(arms: Mapping[str, VerdictsByProbe]) -> dict[str, Counts] | None:
    """Return the counts of each arm; None where no panel judged."""
    found = {
        arm: disagreements([one.opinions for rows in verdicts.values() for one in rows])
        for arm, verdicts in arms.items()
    }
    return {arm: counts for arm, counts in found.items() if counts} or None


def panel_sentences(panel: dict[str, Counts] | None) -> list[str]:
    """Return a sentence on each of the two arms that were compared."""
    return [
        f"Of {arm}, the panel's second judge was asked about {row['second_asked']} of "
        f"{row['judged']} responses and differed from the first on {row['differing']}"
        + (f", {row['unscored']} it could not judge." if row["unscored"] else ".")
        for arm, row in (panel or {}).items()
        if arm in ("before", "after")
    ]
