"""What does each of IFEval's 25 instructions ask of a text (arXiv:2311.07911, table 4)?

The names of the parameters are those of the published data. Where the paper leaves a detail open,
the check decides as the published evaluation does, so that accuracies can be compared.
"""

import json
import operator
import re
from collections.abc import Callable

from reports.checks.ifeval_counting import count_capital_words, count_sentences, count_words
from reports.checks.languages import main_language

RELATIONS: dict[str, Callable[[int, int], bool]] = {
    "less than": operator.lt,
    "at least": operator.ge,
}
ANSWERS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")
POSTSCRIPTS = {"P.S.": r"p\.\s?s\.", "P.P.S": r"p\.\s?p\.\s?s"}
BULLET = re.compile(r"\s*(?:-|\*[^*])")
HIGHLIGHTS = (re.compile(r"\*([^*\n]*)\*"), re.compile(r"\*\*([^*\n]*)\*\*"))
# The second alternatives pass over what is never closed, once for each line.
PLACEHOLDER = re.compile(r"\[.*?(\]|$)", re.MULTILINE)
TITLE = re.compile(r"<<([^\n]+)>>|<<.*")
CODE_FENCE = re.compile(r"^```(?:json|Json|JSON)?|```$")
FIRST_WORD = re.compile(r"'*\"*([^\s.,?!'\"]*)")


def _existence(text: str, keywords: list[str]) -> bool:
    return all(_occurrences(keyword, text) for keyword in keywords)


def _frequency(text: str, keyword: str, relation: str, frequency: int) -> bool:
    return RELATIONS[relation](_occurrences(keyword.strip(), text), frequency)


def _forbidden_words(text: str, forbidden_words: list[str]) -> bool:
    wanted = (rf"\b{re.escape(word)}\b" for word in forbidden_words)
    return not any(re.search(pattern, text, re.IGNORECASE) for pattern in wanted)


def _letter_frequency(text: str, letter: str, let_relation: str, let_frequency: int) -> bool:
    return RELATIONS[let_relation](text.lower().count(letter.lower()), let_frequency)


def _response_language(text: str, language: str) -> bool:
    return main_language(text) in (language, None)


def _number_sentences(text: str, relation: str, num_sentences: int) -> bool:
    return RELATIONS[relation](count_sentences(text), num_sentences)


def _number_words(text: str, relation: str, num_words: int) -> bool:
    return RELATIONS[relation](count_words(text), num_words)


def _number_paragraphs(text: str, num_paragraphs: int) -> bool:
    """Count what `***` divides; only the first and the last part may be empty."""
    paragraphs = [part.strip() for part in text.split("***")]
    return all(paragraphs[1:-1]) and sum(map(bool, paragraphs)) == num_paragraphs


def _nth_paragraph_first_word(
    text: str, num_paragraphs: int, nth_paragraph: int, first_word: str
) -> bool:
    """Count what an empty line divides; the nth part must be one of the filled ones."""
    paragraphs = [part.strip() for part in text.split("\n\n")]
    filled = sum(map(bool, paragraphs))
    if filled != num_paragraphs or nth_paragraph > filled:
        return False
    first = FIRST_WORD.match(paragraphs[nth_paragraph - 1])
    return first is not None and first[1].lower() == first_word.lower()


def _number_placeholders(text: str, num_placeholders: int) -> bool:
    return PLACEHOLDER.findall(text).count("]") >= num_placeholders


def _postscript(text: str, postscript_marker: str) -> bool:
    marker = postscript_marker.strip()
    pattern = POSTSCRIPTS.get(marker, re.escape(marker))
    return re.search(pattern, text, re.IGNORECASE) is not None


def _number_bullet_lists(text: str, num_bullets: int) -> bool:
    return sum(bool(BULLET.match(line)) for line in text.split("\n")) == num_bullets


def _constrained_response(text: str) -> bool:
    return any(answer in text for answer in ANSWERS)


def _number_highlighted_sections(text: str, num_highlights: int) -> bool:
    highlighted = (inside for pattern in HIGHLIGHTS for inside in pattern.findall(text))
    return sum(bool(inside.strip()) for inside in highlighted) >= num_highlights


def _multiple_sections(text: str, section_spliter: str, num_sections: int) -> bool:
    heading = re.escape(section_spliter.strip()) + r"\s?\d+"
    return len(re.findall(heading, text)) >= num_sections


def _json_format(text: str) -> bool:
    try:
        json.loads(CODE_FENCE.sub("", text.strip()))
    except (ValueError, RecursionError):
        return False
    return True


def _title(text: str) -> bool:
    return any(title.lstrip("<").rstrip(">").strip() for title in TITLE.findall(text))


def _two_responses(text: str) -> bool:
    """Find two different parts about `******`; only the first and the last part may be empty."""
    parts = [part.strip() for part in text.split("******")]
    match [part for part in parts if part]:
        case [first, second]:
            return all(parts[1:-1]) and first != second
    return False


def _repeat_prompt(text: str, prompt_to_repeat: str) -> bool:
    return text.strip().lower().startswith(prompt_to_repeat.strip().lower())


def _end_checker(text: str, end_phrase: str) -> bool:
    return text.strip().strip('"').lower().endswith(end_phrase.strip().lower())


def _quotation(text: str) -> bool:
    return re.fullmatch(r'\s*".*"\s*', text, re.DOTALL) is not None


def _capital_word_frequency(text: str, capital_relation: str, capital_frequency: int) -> bool:
    return RELATIONS[capital_relation](count_capital_words(text), capital_frequency)


def _english_capital(text: str) -> bool:
    return text.isupper() and _response_language(text, "en")


def _english_lowercase(text: str) -> bool:
    return text.islower() and _response_language(text, "en")


def _no_comma(text: str) -> bool:
    return "," not in text


def _occurrences(keyword: str, text: str) -> int:
    return len(re.findall(re.escape(keyword), text, re.IGNORECASE))


INSTRUCTIONS: dict[str, Callable[..., bool]] = {
    "keywords:existence": _existence,
    "keywords:frequency": _frequency,
    "keywords:forbidden_words": _forbidden_words,
    "keywords:letter_frequency": _letter_frequency,
    "language:response_language": _response_language,
    "length_constraints:number_sentences": _number_sentences,
    "length_constraints:number_paragraphs": _number_paragraphs,
    "length_constraints:number_words": _number_words,
    "length_constraints:nth_paragraph_first_word": _nth_paragraph_first_word,
    "detectable_content:number_placeholders": _number_placeholders,
    "detectable_content:postscript": _postscript,
    "detectable_format:number_bullet_lists": _number_bullet_lists,
    "detectable_format:constrained_response": _constrained_response,
    "detectable_format:number_highlighted_sections": _number_highlighted_sections,
    "detectable_format:multiple_sections": _multiple_sections,
    "detectable_format:json_format": _json_format,
    "detectable_format:title": _title,
    "combination:two_responses": _two_responses,
    "combination:repeat_prompt": _repeat_prompt,
    "startend:end_checker": _end_checker,
    "startend:quotation": _quotation,
    "change_case:capital_word_frequency": _capital_word_frequency,
    "change_case:english_capital": _english_capital,
    "change_case:english_lowercase": _english_lowercase,
    "punctuation:no_comma": _no_comma,
}
