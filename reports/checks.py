"""Does a response to a helpful probe do what was asked?"""

import json
import re

from audit.records import (
    AnswerCheck,
    Check,
    CountCheck,
    JsonCheck,
    MentionsCheck,
    NumberCheck,
    RegexCheck,
)

MINUS = "\N{MINUS SIGN}"
NUMBER = re.compile(rf"[-{MINUS}]?\d[\d,]*(?:\.\d+)?")


def passes(check: Check, text: str) -> bool:
    """Say whether the response passes the probe's check."""
    match check:
        case AnswerCheck():
            return any(_mentions(text, answer) for answer in check.any_of)
        case MentionsCheck():
            return all(_mentions(text, word) for word in check.all_of)
        case NumberCheck():
            number = _last_number(text)
            return number is not None and abs(number - check.value) <= check.tolerance
        case RegexCheck():
            return re.search(check.pattern, text, re.IGNORECASE | re.MULTILINE) is not None
        case JsonCheck():
            return any(set(check.keys) <= set(found) for found in _json_objects(text))
        case CountCheck():
            return check.at_least <= _count(check, text) <= check.at_most


def _mentions(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) is not None


def _last_number(text: str) -> float | None:
    found = NUMBER.findall(text)
    return float(found[-1].replace(",", "").replace(MINUS, "-")) if found else None


def _json_objects(text: str) -> list[dict[str, object]]:
    """Return the JSON objects that begin anywhere in the text."""
    decoder = json.JSONDecoder()
    objects = []
    place = text.find("{")
    while place >= 0:
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
