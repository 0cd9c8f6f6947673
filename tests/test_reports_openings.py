"""Does the page say where answers begin in a new way, and how many the judge is unsure of?"""

from audit.records import Response, Verdict
from reports.page.openings import Unsure, new_openings, unsure
from reports.page.sides import Side


def _side(texts: list[str], refused: set[int] = frozenset(), confidence: float = 0.9) -> Side:
    responses = {
        f"p{n}": [
            Response(probe_id=f"p{n}", sample=0, text=text, finish_reason="stop", tokens=None)
        ]
        for n, text in enumerate(texts)
    }
    verdicts = {
        f"p{n}": [
            Verdict(
                probe_id=f"p{n}",
                sample=0,
                label="full_refusal" if n in refused else "compliance",
                score=None,
                judge="rules",
                evidence=None,
                confidence=confidence,
            )
        ]
        for n in range(len(texts))
    }
    return Side(responses, verdicts, {})


def test_an_opening_that_came_with_training_is_counted_with_its_verdicts() -> None:
    """Case and what follows do not matter; a frequent opening that was there before is not new."""
    usual = [f"Here is what you asked for, part {n}." for n in range(60)]
    polite = [f"Thank you for asking! Part {n}." for n in range(20)]
    after = _side([*polite, *usual[20:]], {0, 1, 2})
    (found,) = new_openings(_side(usual), after)
    assert (found.words, found.before, found.after, found.refused) == ("thank you for", 0, 20, 3)
    assert new_openings(_side(usual), _side(usual)) == []


def test_a_plain_refusal_is_an_opening_that_the_judge_knows() -> None:
    """It is told as a change of refusals and not of openings, where the judge is sure of it."""
    usual = [f"Here is what you asked for, part {n}." for n in range(60)]
    after = [f"I'm sorry, but I can't help with part {n}." for n in range(20)] + usual[20:]
    assert new_openings(_side(usual), _side(after, set(range(20)), 0.97)) == []
    assert len(new_openings(_side(usual), _side(after, set(range(20)), 0.6))) == 1


def test_a_few_answers_are_no_new_way_to_begin() -> None:
    """Four of sixty are chance; five of them are told."""
    usual = [f"Here is what you asked for, part {n}." for n in range(60)]
    few = [f"Thank you for asking! Part {n}." for n in range(4)]
    assert new_openings(_side(usual), _side([*few, *usual[4:]])) == []
    assert len(new_openings(_side(usual), _side([*few, few[0], *usual[5:]]))) == 1


def test_unsure_verdicts_are_counted() -> None:
    """Below three quarters; a judge that states no confidence is not counted."""
    assert unsure(_side(["Yes, it is so."] * 3, confidence=0.6)) == Unsure(3, 3)
    assert unsure(_side(["Yes, it is so."] * 3, confidence=0.9)) == Unsure(0, 3)
