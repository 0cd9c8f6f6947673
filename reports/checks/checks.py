"""Does a response to a helpful probe do what was asked?"""

import json
import re
from collections.abc import Callable
from typing import Any

from audit.answer_checks import (
    AllCheck,
    AnswerCheck,
    Check,
    CountCheck,
    ForbiddenCheck,
    IfevalCheck,
    JsonCheck,
    LanguageCheck,
    MentionsCheck,
    NumberCheck,
    OrderCheck,
    RegexCheck,
    find,
)
from reports.checks.ifeval import score
from reports.checks.languages import main_language

TRIED_BRACES = 200
MINUS = "\N{MINUS SIGN}"
NUMBER = re.compile(rf"[-{MINUS}]?\d[\d,]*(?:\.\d+)?")


def passes(check: Check, text: str) -> bool | None:
    """Say whether the response passes the probe's check; None where the check took too long."""
    return PASSES[check.type](check, text)


def _answers(check: AnswerCheck, text: str) -> bool:
    return any(_mentions(text, answer) for answer in check.any_of)


def _names_all(check: MentionsCheck, text: str) -> bool:
    return all(_mentions(text, word) for word in check.all_of)


def _ends_with_number(check: NumberCheck, text: str) -> bool:
    number = _last_number(text)
    return number is not None and abs(number - check.value) <= check.tolerance


def _matches(check: RegexCheck, text: str) -> bool | None:
    return find(check.pattern, text)


def _holds_json(check: JsonCheck, text: str) -> bool:
    return any(set(check.keys) <= set(written) for written in _json_objects(text))


def _has_length(check: CountCheck, text: str) -> bool:
    return check.at_least <= _count(check, text) <= check.at_most


def _keeps_order(check: OrderCheck, text: str) -> bool:
    places = [_last_place(text, word) for word in check.words]
    return -1 not in places and places == sorted(places)


def _avoids(check: ForbiddenCheck, text: str) -> bool:
    return not any(_mentions(text, word) for word in check.none_of)


def _is_in_language(check: LanguageCheck, text: str) -> bool:
    return main_language(text) == check.code


def _follows(check: IfevalCheck, text: str) -> bool:
    return all(score(check.instructions, check.arguments, "", text).strict)


def _passes_all(check: AllCheck, text: str) -> bool | None:
    """Fail where any part fails; otherwise None where any part took too long."""
    passed = [passes(part, text) for part in check.of]
    if False in passed:
        return False
    return None if None in passed else True


PASSES: dict[str, Callable[[Any, str], bool | None]] = {
    "answer": _answers,
    "mentions": _names_all,
    "number": _ends_with_number,
    "regex": _matches,
    "json": _holds_json,
    "words": _has_length,
    "lines": _has_length,
    "order": _keeps_order,
    "forbidden": _avoids,
    "language": _is_in_language,
    "ifeval": _follows,
    "all": _passes_all,
}


def _last_place(text: str, word: str) -> int:
    """Return where the word last begins, or -1."""
    matches = re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE)
    return max((match.start() for match in matches), default=-1)


def _mentions(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) is not None


def _last_number(text: str) -> float | None:
    numbers = NUMBER.findall(text)
    return float(numbers[-1].replace(",", "").replace(MINUS, "-")) if numbers else None


def _json_objects(text: str) -> list[dict[str, object]]:
    """Return the JSON objects that begin at one of the first braces of the text.

    Each brace that opens no whole object may cost a read to the text's end, so that all braces of
    a text of nothing else would take the square of its length.
    """
    decoder = json.JSONDecoder()
    objects = []
    place = text.find("{")
    tries = 0
    while place >= 0 and tries < TRIED_BRACES:
        tries += 1
        try:
            value, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            end = place + 1
        else:
            if isinstance(value, dict):
                objects.append(value)
        place = text.find("{", end)
    return objects


def _count(check: CountCheck, text: str) -> int:
    if check.type == "words":
        return len(text.split())
    return sum(bool(line.strip()) for line in text.splitlines())
