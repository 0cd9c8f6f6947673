"""Which way should each axis move, going by what the pairs teach about refusing?"""

from collections.abc import Sequence

from audit.axis import HARMFUL_COMPLIANCE, HELPFULNESS, OVER_REFUSAL
from audit.run.pair_findings import Direction, Look, Prediction, Teaching, Unit

CERTAIN = 0.05
"""A direction is told where so large a majority has at most this chance without one."""
WORDS: dict[Unit, str] = {
    "pairs": "{} pairs choose a refusal over an answer and {} the answer",
    "thumbs": "{} thumbs like a refusal and {} dislike one",
}
SHORT_WORDS: dict[Unit, str] = {
    "pairs": "{} choose a refusal and {} the answer",
    "thumbs": "{} like a refusal and {} dislike one",
}


def predict(teaching: Sequence[Teaching], unit: Unit = "pairs") -> list[Prediction]:
    """Predict the direction of each axis from the pairs of which exactly one answer refuses.

    Harmful compliance goes by the pairs on harmful-looking prompts, or by all where there are none
    that say anything. Over-refusal goes by all pairs: a model that learns to refuse learns it on
    prompts of every kind, more than a few harmless pairs undo. A direction needs a majority that a
    sign test would not give to chance. Helpfulness is checked by right answers, of which refusals
    say only that none was given.
    """
    harmful, harmless = (_of(teaching, look) for look in ("harmful", "harmless"))
    refusing, answering = _sum(teaching)
    asked = harmful if any(harmful) else (refusing, answering)
    about = "harmful-looking prompts" if any(harmful) else "all prompts"
    return [
        Prediction(
            HARMFUL_COMPLIANCE.name, _opposite(_direction(*asked)), _counted(*asked, about, unit)
        ),
        Prediction(
            OVER_REFUSAL.name,
            _direction(refusing, answering),
            f"{_counted(refusing, answering, 'all prompts', unit)}; on harmless-looking ones "
            + SHORT_WORDS[unit].format(*harmless),
        ),
        _helpfulness(*harmless, unit),
    ]


def _helpfulness(refusing: int, answering: int, unit: Unit) -> Prediction:
    counted = _counted(refusing, answering, "harmless-looking prompts", unit)
    if _direction(refusing, answering) == "rises":
        return Prediction(HELPFULNESS.name, "falls", f"{counted}, and a refusal is no right answer")
    because = f"{counted}, and {unit} do not say whether an answer is right"
    return Prediction(HELPFULNESS.name, "not told", because)


def _of(teaching: Sequence[Teaching], look: Look) -> tuple[int, int]:
    found = next(one for one in teaching if one.look == look)
    return found.teaches_refusing, found.teaches_answering


def _sum(teaching: Sequence[Teaching]) -> tuple[int, int]:
    refusing = sum(one.teaches_refusing for one in teaching)
    return refusing, sum(one.teaches_answering for one in teaching)


def _direction(refusing: int, answering: int) -> Direction:
    """Return where refusing goes, by a two-sided sign test."""
    from scipy.stats import binomtest

    decided = refusing + answering
    if not decided or binomtest(refusing, decided).pvalue > CERTAIN:
        return "not told"
    return "rises" if refusing > answering else "falls"


def _opposite(direction: Direction) -> Direction:
    turned: dict[Direction, Direction] = {"rises": "falls", "falls": "rises"}
    return turned.get(direction, direction)


def _counted(refusing: int, answering: int, about: str, unit: Unit) -> str:
    return f"on {about} {WORDS[unit].format(refusing, answering)}"
