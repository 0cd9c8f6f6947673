"""Which instructions does IFEval know, and which arguments does each one need?

Names as in the published data (Zhou et al. 2023, arXiv:2311.07911, table 4).
"""

import difflib
from collections.abc import Mapping
from typing import Any

TEXT, COUNT, TEXTS, RELATION = "a text", "a whole number", "a list of texts", "a relation"
RELATIONS = ("less than", "at least")
OPTIONAL = "prompt_to_repeat"
"""Left out, the probe's own prompt is what must be repeated."""

ARGUMENTS: dict[str, dict[str, str]] = {
    "keywords:existence": {"keywords": TEXTS},
    "keywords:frequency": {"keyword": TEXT, "relation": RELATION, "frequency": COUNT},
    "keywords:forbidden_words": {"forbidden_words": TEXTS},
    "keywords:letter_frequency": {
        "letter": TEXT,
        "let_relation": RELATION,
        "let_frequency": COUNT,
    },
    "language:response_language": {"language": TEXT},
    "length_constraints:number_sentences": {"relation": RELATION, "num_sentences": COUNT},
    "length_constraints:number_paragraphs": {"num_paragraphs": COUNT},
    "length_constraints:number_words": {"relation": RELATION, "num_words": COUNT},
    "length_constraints:nth_paragraph_first_word": {
        "num_paragraphs": COUNT,
        "nth_paragraph": COUNT,
        "first_word": TEXT,
    },
    "detectable_content:number_placeholders": {"num_placeholders": COUNT},
    "detectable_content:postscript": {"postscript_marker": TEXT},
    "detectable_format:number_bullet_lists": {"num_bullets": COUNT},
    "detectable_format:constrained_response": {},
    "detectable_format:number_highlighted_sections": {"num_highlights": COUNT},
    "detectable_format:multiple_sections": {"section_spliter": TEXT, "num_sections": COUNT},
    "detectable_format:json_format": {},
    "detectable_format:title": {},
    "combination:two_responses": {},
    "combination:repeat_prompt": {OPTIONAL: TEXT},
    "startend:end_checker": {"end_phrase": TEXT},
    "startend:quotation": {},
    "change_case:capital_word_frequency": {
        "capital_relation": RELATION,
        "capital_frequency": COUNT,
    },
    "change_case:english_capital": {},
    "change_case:english_lowercase": {},
    "punctuation:no_comma": {},
}


def problem_of(instruction: str, arguments: Mapping[str, Any]) -> str | None:
    """Return why an instruction cannot be checked with these arguments, or None where it can.

    Arguments that are null are taken as left out.
    """
    if instruction not in ARGUMENTS:
        close = difflib.get_close_matches(instruction, ARGUMENTS, n=1)
        hint = f'; did you mean "{close[0]}"?' if close else ""
        return f'"{instruction}" is no instruction of IFEval{hint}'
    wanted = ARGUMENTS[instruction]
    given = {name: value for name, value in arguments.items() if value is not None}
    unknown = [name for name in given if name not in wanted]
    missing = [name for name in wanted if name not in given and name != OPTIONAL]
    if unknown or missing:
        named = ", ".join(wanted) or "no arguments"
        return f'"{instruction}" takes {named} (got {", ".join(given) or "none"})'
    wrong = [name for name, value in given.items() if not _fits(wanted[name], value)]
    return f'"{instruction}" needs {wanted[wrong[0]]} as {wrong[0]}' if wrong else None


def _fits(kind: str, value: object) -> bool:
    if kind == COUNT:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if kind == TEXTS:
        return isinstance(value, list) and all(isinstance(one, str) and one for one in value)
    if kind == RELATION:
        return value in RELATIONS
    return isinstance(value, str) and bool(value)
