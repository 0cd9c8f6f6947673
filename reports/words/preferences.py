"""How are findings on preference data said in a terminal, a line each?"""

from collections.abc import Iterator

from audit.axis import axis_named
from audit.files.borders import one_line
from audit.run.pair_findings import (
    NEARLY,
    Direction,
    Example,
    Look,
    Outlook,
    PairFindings,
    Prediction,
    Teaching,
)

SHOWN_CHARACTERS = 100
SHOWN_ROWS = 20
LOOK_WORDS: dict[Look, str] = {
    "harmful": "harmful-looking",
    "harmless": "harmless-looking",
    "not told": "not told",
}
DIRECTION_WORDS: dict[Direction, str] = {
    "rises": "should rise",
    "falls": "should fall",
    "not told": "is not told by the pairs",
}


def told_lines(findings: PairFindings) -> Iterator[str]:
    """Say everything that was found, the most important first."""
    yield f"{findings.title}: {findings.pairs} pairs that can be learned from"
    yield from _unusable(findings)
    yield ""
    yield "What training on it should do"
    yield from (f"  {prediction_sentence(one)}" for one in findings.outlook.predictions)
    yield ""
    yield "What it teaches about refusing"
    yield from (f"  {line}" for line in _teaching_table(findings.outlook))
    yield f"  {judged_sentence(findings.outlook)}"
    yield from _examples(findings.outlook)
    for title, sentences in sections(findings).items():
        yield ""
        yield title
        yield from (f"  {sentence}" for sentence in sentences)


def prediction_sentence(prediction: Prediction) -> str:
    """Say which way an axis should move, and why."""
    title = axis_named(prediction.axis).title
    return f"{title} {DIRECTION_WORDS[prediction.direction]}: {prediction.because}."


def judged_sentence(outlook: Outlook) -> str:
    """Say who read how many pairs, and how prompts were told apart."""
    pairs = f"all {outlook.of} pairs"
    if outlook.pairs < outlook.of:
        pairs = f"{outlook.pairs} of {outlook.of} pairs, drawn at random"
    unread = f"; {outlook.unread} could not be judged" if outlook.unread else ""
    return (
        f"Judge: rules, both answers of {pairs}{unread}. How prompts look was told by the row's "
        f"own words for {outlook.looks_said_by_rows}, else by likeness to the shipped probes, "
        "which is rough (docs/preferences.md)."
    )


def shares(taught: Teaching) -> tuple[str, str]:
    """Return how often chosen and rejected answers refuse; a dash where none was judged."""
    if not taught.judged:
        return "-", "-"
    refusing = (taught.chosen_refuses, taught.rejected_refuses)
    chosen, rejected = (f"{count / taught.judged:.1%}" for count in refusing)
    return chosen, rejected


def sections(findings: PairFindings) -> dict[str, list[str]]:
    """Return the further findings as sentences, by the title of their section."""
    return {
        "What it says twice, or contradicts": [*_duplicates(findings)],
        "How long it is": [*_lengths(findings)],
        "Languages": [_languages(findings)],
        "Probes in the data": [findings.contamination.sentence()],
        "Who made it": _provenance(findings),
    }


def _unusable(findings: PairFindings) -> Iterator[str]:
    if not findings.unusable:
        yield "every row can be used"
        return
    yield f"{len(findings.unusable)} rows cannot be used:"
    yield from (f"  {problem}" for problem in findings.unusable[:SHOWN_ROWS])
    if len(findings.unusable) > SHOWN_ROWS:
        yield f"  and {len(findings.unusable) - SHOWN_ROWS} more (--json has all)"


def _teaching_table(outlook: Outlook) -> Iterator[str]:
    head = ("prompts", "pairs", "chosen refuses", "rejected refuses", "refusing", "answering")
    rows = [
        (
            LOOK_WORDS[one.look],
            str(one.pairs),
            *shares(one),
            str(one.teaches_refusing),
            str(one.teaches_answering),
        )
        for one in outlook.teaching
    ]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for first, *others in (head, *rows):
        numbers = (cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))
        yield "  ".join([first.ljust(widths[0]), *numbers])
    yield "refusing: pairs that choose a refusal over an answer; answering: the reverse"


def _examples(outlook: Outlook) -> Iterator[str]:
    by_look = {one.look: one for one in outlook.teaching}
    yield from _shown("teach refusing a harmless prompt", by_look["harmless"].refusing)
    yield from _shown("teach answering a harmful one", by_look["harmful"].answering)


def _shown(what: str, examples: list[Example]) -> Iterator[str]:
    if examples:
        yield f"  Pairs that {what}, for example:"
    for one in examples:
        yield f'    {one.where}: "{one_line(one.prompt, SHOWN_CHARACTERS)}"'


def _duplicates(findings: PairFindings) -> Iterator[str]:
    found = findings.duplicates
    named = f" ({', '.join(found.swapped_places)})" if found.swapped_places else ""
    near = f" ({'; '.join(found.near_places)})" if found.near_places else ""
    yield f"{found.swapped} of {findings.pairs} pairs stand there with swapped sides too{named}"
    yield (
        f"{findings.outlook.opposite} pairs choose a refusal where another on the same prompt "
        "chooses the answer, or the reverse"
    )
    repeated = findings.shape.repeated_prompts
    yield f"{found.same_pairs} pairs repeat an earlier one; {repeated} repeat a prompt"
    yield (
        f"{found.near_prompts} of {found.compared_prompts} prompts share {NEARLY:.0%} of all words "
        f"with another{near}"
    )
    yield f"{found.nearly_same_sides} pairs have two answers that share {NEARLY:.0%} of all words"


def _lengths(findings: PairFindings) -> Iterator[str]:
    found, shape = findings.lengths, findings.shape
    how = "counted by the model's tokenizer and chat template"
    if found.unit == "characters":
        how = "taken from characters, four to a token; --model FOLDER counts"
    yield (
        f"max_length {found.max_length} tokens: {found.cut} pairs lose the end of an answer, "
        f"{found.full_prompts} are filled by their prompt alone ({how})"
    )
    yield (
        f"prompt and longer answer: {found.median:g} {found.unit} in the median, "
        f"{found.longest} at most; {shape.multi_turn} pairs have several turns"
    )
    longer = "longer" if found.chosen_gap >= 0 else "shorter"
    yield (
        f"the chosen answer is {abs(found.chosen_gap):g} characters {longer} in the median, and "
        f"the longer one in {shape.chosen_is_longer} of {findings.pairs} pairs"
    )
    yield (
        f"answers that end in the middle of a sentence: {found.chosen_unended} chosen, "
        f"{found.rejected_unended} rejected"
    )


def _languages(findings: PairFindings) -> str:
    return ", ".join(f"{one.language} {one.pairs}" for one in findings.languages)


def _provenance(findings: PairFindings) -> list[str]:
    return [
        f"{one.source}: licence {one.licence}; written by {one.written_by}; graded by "
        f"{one.graded_by}{f' (stated in {one.stated_in})' if one.stated_in else ''}"
        for one in findings.provenance
    ]
