"""The IFEval scoring decides each of the 25 instructions, strictly and loosely."""

import json
from pathlib import Path
from typing import Any

import pytest

from reports.checks.ifeval import Followed, follows, score, summarise
from reports.checks.ifeval_counting import count_capital_words, count_sentences
from reports.checks.ifeval_instructions import INSTRUCTIONS

GERMAN = "Heute gehen wir nach Hause und trinken dort zusammen eine Tasse Tee."
ENGLISH = "Today we are going home and there we will drink a cup of tea."

CASES: list[tuple[str, dict[str, Any], str, str]] = [
    ("keywords:existence", {"keywords": ["mom", "tea"]}, "Moms drink TEA", "moms drink"),
    (
        "keywords:frequency",
        {"keyword": "war", "relation": "at least", "frequency": 2},
        "War and wars",
        "war",
    ),
    ("keywords:forbidden_words", {"forbidden_words": ["rock"]}, "rocks", "a Rock."),
    (
        "keywords:letter_frequency",
        {"letter": "#", "let_relation": "less than", "let_frequency": 2},
        "one #",
        "## two",
    ),
    ("language:response_language", {"language": "de"}, GERMAN, ENGLISH),
    (
        "length_constraints:number_sentences",
        {"relation": "less than", "num_sentences": 3},
        "Dr. Lee came. She left!",
        "One. Two? Three!",
    ),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, "a\n***\nb\n***\n", "a\n\nb"),
    (
        "length_constraints:number_words",
        {"relation": "at least", "num_words": 3},
        "well-known fact",
        "two words",
    ),
    (
        "length_constraints:nth_paragraph_first_word",
        {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "Weekend"},
        'one\n\n"Weekend, at last',
        "weekend\n\none",
    ),
    (
        "detectable_content:number_placeholders",
        {"num_placeholders": 2},
        "[name] of [city]",
        "[name of city]",
    ),
    ("detectable_content:postscript", {"postscript_marker": "P.P.S"}, "Bye\np. p.s. ok", "P.S. ok"),
    (
        "detectable_format:number_bullet_lists",
        {"num_bullets": 2},
        "* one\n  - two\n**bold**",
        "* one\n- two\n* three",
    ),
    ("detectable_format:constrained_response", {}, "So: My answer is no.", "My answer is never."),
    (
        "detectable_format:number_highlighted_sections",
        {"num_highlights": 2},
        "*one* and **two**",
        "*one* and ** **",
    ),
    (
        "detectable_format:multiple_sections",
        {"section_spliter": "SECTION", "num_sections": 2},
        "SECTION 1\na\nSECTION 2\nb",
        "Section 1\na\nSection 2\nb",
    ),
    ("detectable_format:json_format", {}, '```json\n{"a": 1}\n```', 'Here: {"a": 1}'),
    ("detectable_format:title", {}, "<<A title>>\ntext", "<< >>\ntext"),
    ("combination:two_responses", {}, "one\n******\ntwo", "one\n******\none"),
    (
        "combination:repeat_prompt",
        {"prompt_to_repeat": "Say a joke."},
        "say a joke.\nKnock, knock.",
        "Sure: Say a joke.",
    ),
    ("startend:end_checker", {"end_phrase": "Any questions?"}, '"Bye. Any questions?"', "Any?"),
    ("startend:quotation", {}, ' "All\nof it" ', '"'),
    (
        "change_case:capital_word_frequency",
        {"capital_relation": "at least", "capital_frequency": 2},
        "I say NO.",
        "No WAY",
    ),
    ("change_case:english_capital", {}, ENGLISH.upper(), ENGLISH),
    ("change_case:english_lowercase", {}, ENGLISH.lower(), GERMAN.lower()),
    ("punctuation:no_comma", {}, "one two", "one, two"),
]


@pytest.mark.parametrize(("name", "given", "right", "wrong"), CASES, ids=[c[0] for c in CASES])
def test_tells_following_from_not(name: str, given: dict[str, Any], right: str, wrong: str) -> None:
    """Each instruction is decided on a text that follows it and on one that does not."""
    assert follows(name, given, "", right)
    assert not follows(name, given, "", wrong)


def test_every_instruction_has_a_case() -> None:
    """The cases above cover the 25 instructions."""
    assert {case[0] for case in CASES} == set(INSTRUCTIONS)


def test_unknown_instruction_is_an_error() -> None:
    """The message names the instruction that is not known."""
    with pytest.raises(ValueError, match="'keywords:rhyme' is none of IFEval's instructions"):
        follows("keywords:rhyme", {}, "", "text")


@pytest.mark.parametrize("text", ["", " \n"])
def test_an_empty_response_follows_nothing(text: str) -> None:
    """Not even an instruction that forbids something."""
    assert score(["punctuation:no_comma"], [{}], "", text) == Followed([False], [False])


def test_null_arguments_are_left_out() -> None:
    """The hub writes null for the arguments of other instructions."""
    given = {"num_bullets": 1, "relation": None, "keywords": None}
    assert follows("detectable_format:number_bullet_lists", given, "", "- one")


def test_the_prompt_is_repeated_where_the_arguments_name_none() -> None:
    """Then the whole prompt is what is to be repeated."""
    assert follows("combination:repeat_prompt", {}, "Say hi.", "Say hi.\nHi.")


@pytest.mark.parametrize(
    "text",
    [
        "Sure, here it is:\n<<Tea>>\nWe drink tea",
        "We drink tea\nAnything else, perhaps?",
        "Sure, yes:\nWe drink tea\nAnything else, perhaps?",
    ],
)
def test_loose_forgives_the_first_and_the_last_line(text: str) -> None:
    """Either of them or both may break the instruction."""
    assert score(["punctuation:no_comma"], [{}], "", text) == Followed([False], [True])


def test_loose_forgives_asterisks() -> None:
    """Bold text counts as the text."""
    result = score(["startend:quotation"], [{}], "", '**"All of it"**')
    assert result == Followed(strict=[False], loose=[True])


def test_loose_forgives_no_comma_in_the_middle() -> None:
    """What is neither first nor last is held against the response."""
    result = score(["punctuation:no_comma"], [{}], "", "one\ntwo, three\nfour")
    assert result == Followed(strict=[False], loose=[False])


def test_accuracies_are_by_prompt_and_by_instruction() -> None:
    """A prompt counts where all its instructions are followed."""
    results = [Followed([True, False, True], [True, True, True]), Followed([True], [True])]
    assert summarise(results) == {
        "prompt_strict": 0.5,
        "instruction_strict": 0.75,
        "prompt_loose": 1.0,
        "instruction_loose": 1.0,
    }


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("no mark", 1),
        ("Dr. Lee met Mr. Kim at 5 p.m. on Monday.", 1),
        ("We met at 5 p.m. The talk was long.", 2),
        ("Version 2.5 of example.com is out", 1),
        ('She said "Go." He went.', 2),
        ("Wait... what? Yes!", 2),
        ("1. First\n2. Second", 3),
        ("Bring cups, plates, etc. and chairs", 2),
    ],
)
def test_sentences_are_counted_as_punkt_counts(text: str, sentences: int) -> None:
    """The numbers are those of NLTK's English model."""
    assert count_sentences(text) == sentences


def test_capital_words_are_counted_as_treebank_divides() -> None:
    """I, NASA, U.S., DO, N'T and A-B."""
    assert count_capital_words("I'm at NASA's U.S. site: DON'T (A-B) Go") == 6


def test_every_published_row_is_scored(shared_data: Path) -> None:
    """All 541 prompts have known instructions with arguments that the checks take."""
    path = shared_data / "probe_sets" / "ifeval" / "input_data.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 541
    for row in rows:
        names = row["instruction_id_list"]
        result = score(names, row["kwargs"], row["prompt"], "I drink *tea*.\n\nYou, too?")
        assert len(result.strict) == len(result.loose) == len(names)
