"""How are findings on preference data said in a terminal, a line each?"""

from collections.abc import Iterator

from audit.axis import axis_named
from audit.files.borders import one_line
from audit.run.pair_findings import (
    NEARLY,
    Direction,
    Example,
    Look,
    PairFindings,
    Prediction,
    Teaching,
    Unit,
)

SHOWN_CHARACTERS = 100
SHOWN_ROWS = 20
SIDES: dict[Unit, tuple[str, str]] = {
    "pairs": ("chosen", "rejected"),
    "thumbs": ("liked", "disliked"),
}
LOOK_WORDS: dict[Look, str] = {
    "harmful": "harmful-looking",
    "harmless": "harmless-looking",
    "not told": "not told",
}
DIRECTION_WORDS: dict[Direction, str] = {
    "rises": "should rise",
    "falls": "should fall",
    "not told": "is not told by the data",
}


def told_lines(findings: PairFindings) -> Iterator[str]:
    """Say everything that was found, the most important first."""
    yield f"{findings.title}: {findings.pairs} {findings.unit} that can be learned from"
    yield from _unusable(findings)
    yield ""
    yield "What training on it should do"
    yield from (f"  {prediction_sentence(one)}" for one in findings.outlook.predictions)
    yield ""
    yield "What it teaches about refusing"
    yield from (f"  {line}" for line in _teaching_table(findings))
    yield f"  {judged_sentence(findings)}"
    yield from _examples(findings)
    for title, sentences in sections(findings).items():
        yield ""
        yield title
        yield from (f"  {sentence}" for sentence in sentences)


def prediction_sentence(prediction: Prediction) -> str:
    """Say which way an axis should move, and why."""
    title = axis_named(prediction.axis).title
    return f"{title} {DIRECTION_WORDS[prediction.direction]}: {prediction.because}."


def judged_sentence(findings: PairFindings) -> str:
    """Say who read how many pairs or thumbs, and how prompts were told apart."""
    outlook = findings.outlook
    pairs = f"all {outlook.of} {findings.unit}"
    if outlook.pairs < outlook.of:
        pairs = f"{outlook.pairs} of {outlook.of} {findings.unit}, drawn at random"
    answers = "both answers of" if findings.unit == "pairs" else "the answers of"
    unread = f"; {outlook.unread} could not be judged" if outlook.unread else ""
    return (
        f"Judge: rules, {answers} {pairs}{unread}. How prompts look was told by the row's "
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


def heads(unit: Unit) -> tuple[str, str]:
    """Return what the two shares of a row of teaching are of, and what is counted."""
    if unit == "pairs":
        return "chosen refuses", "rejected refuses"
    return "liked refusals", "disliked refusals"


def meaning(unit: Unit) -> str:
    """Say what teaching to refuse and to answer means."""
    if unit == "pairs":
        return "refusing: pairs that choose a refusal over an answer; answering: the reverse"
    return "refusing: thumbs that like a refusal; answering: thumbs that dislike one"


def _teaching_table(findings: PairFindings) -> Iterator[str]:
    outlook = findings.outlook
    head = ("prompts", findings.unit, *heads(findings.unit), "refusing", "answering")
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
    yield meaning(findings.unit)


def _examples(findings: PairFindings) -> Iterator[str]:
    by_look = {one.look: one for one in findings.outlook.teaching}
    unit = findings.unit.capitalize()
    yield from _shown(f"{unit} that teach refusing a harmless prompt", by_look["harmless"].refusing)
    yield from _shown(f"{unit} that teach answering a harmful one", by_look["harmful"].answering)


def _shown(what: str, examples: list[Example]) -> Iterator[str]:
    if examples:
        yield f"  {what}, for example:"
    for one in examples:
        yield f'    {one.where}: "{one_line(one.prompt, SHOWN_CHARACTERS)}"'


def _duplicates(findings: PairFindings) -> Iterator[str]:
    found, unit = findings.duplicates, findings.unit
    is_paired = unit == "pairs"
    named = f" ({', '.join(found.swapped_places)})" if found.swapped_places else ""
    near = f" ({'; '.join(found.near_places)})" if found.near_places else ""
    swapped = "swapped sides" if is_paired else "the opposite thumb"
    yield f"{found.swapped} of {findings.pairs} {unit} stand there with {swapped} too{named}"
    opposite = "choose a refusal where another on the same prompt chooses the answer"
    if not is_paired:
        opposite = "teach refusing where another on the same prompt teaches answering"
    yield f"{findings.outlook.opposite} {unit} {opposite}, or the reverse"
    repeated = findings.shape.repeated_prompts
    yield f"{found.same_pairs} {unit} repeat an earlier one; {repeated} repeat a prompt"
    yield (
        f"{found.near_prompts} of {found.compared_prompts} prompts share {NEARLY:.0%} of all words "
        f"with another{near}"
    )
    if is_paired:
        same = found.nearly_same_sides
        yield f"{same} pairs have two answers that share {NEARLY:.0%} of all words"


def _lengths(findings: PairFindings) -> Iterator[str]:
    found, shape, unit = findings.lengths, findings.shape, findings.unit
    both = "prompt and longer answer" if unit == "pairs" else "prompt and answer"
    how = "counted by the model's tokenizer and chat template"
    if found.unit == "characters":
        how = "taken from characters, four to a token; --model FOLDER counts"
    yield (
        f"max_length {found.max_length} tokens: {found.cut} {unit} lose the end of an answer, "
        f"{found.full_prompts} are filled by their prompt alone ({how})"
    )
    yield (
        f"{both}: {found.median:g} {found.unit} in the median, "
        f"{found.longest} at most; {shape.multi_turn} {unit} have several turns"
    )
    longer = "longer" if found.chosen_gap >= 0 else "shorter"
    gap = f"{abs(found.chosen_gap):g} characters {longer} in the median"
    if findings.unit == "thumbs":
        yield f"the liked answers are {gap}"
    else:
        told = f"{shape.chosen_is_longer} of {findings.pairs} pairs"
        yield f"the chosen answer is {gap}, and the longer one in {told}"
    liked, disliked = SIDES[findings.unit]
    yield (
        f"answers that end in the middle of a sentence: {found.chosen_unended} {liked}, "
        f"{found.rejected_unended} {disliked}"
    )


def _languages(findings: PairFindings) -> str:
    return ", ".join(f"{one.language} {one.pairs}" for one in findings.languages)


def _provenance(findings: PairFindings) -> list[str]:
    return [
        f"{one.source}: licence {one.licence}; written by {one.written_by}; graded by "
        f"{one.graded_by}{f' (stated in {one.stated_in})' if one.stated_in else ''}"
        for one in findings.provenance
    ]
