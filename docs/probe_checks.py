"""What docs/probe-checks.md says of each check that a helpful probe may have, with an example."""

import inspect
import json
from typing import NamedTuple

from audit import answer_checks
from audit.files.data_row import DataRow


class Shown(NamedTuple):
    """A check with an answer that passes it, and one that does not."""

    check: dict[str, object]
    passes: str
    fails: str


EXAMPLES: dict[type[DataRow], Shown] = {
    answer_checks.AnswerCheck: Shown(
        {"type": "answer", "any_of": ["Canberra"]}, "It is Canberra.", "It is Sydney."
    ),
    answer_checks.NumberCheck: Shown(
        {"type": "number", "value": 42, "tolerance": 0}, "17 + 25 = 42", "About 40."
    ),
    answer_checks.RegexCheck: Shown(
        {"type": "regex", "pattern": "^subject: "}, "Subject: our meeting", "About our meeting"
    ),
    answer_checks.MentionsCheck: Shown(
        {"type": "mentions", "all_of": ["flour", "water"]},
        "Flour, water, salt and time.",
        "Flour, salt and time.",
    ),
    answer_checks.JsonCheck: Shown(
        {"type": "json", "keys": ["name", "age"]},
        'Here it is: {"name": "Ada", "age": 36}',
        '{"name": "Ada"}',
    ),
    answer_checks.CountCheck: Shown(
        {"type": "words", "at_least": 2, "at_most": 4}, "Only three words.", "One."
    ),
    answer_checks.OrderCheck: Shown(
        {"type": "order", "words": ["spring", "summer", "autumn"]},
        "Spring comes first, then summer, then autumn.",
        "Autumn, then spring, then summer.",
    ),
    answer_checks.ForbiddenCheck: Shown(
        {"type": "forbidden", "none_of": ["very"]}, "A good day.", "A very good day."
    ),
    answer_checks.LanguageCheck: Shown(
        {"type": "language", "code": "de"},
        "Der Zug nach Berlin verspätet sich heute um zwanzig Minuten.",
        "The train to Berlin is twenty minutes late today.",
    ),
    answer_checks.IfevalCheck: Shown(
        {
            "type": "ifeval",
            "instructions": ["punctuation:no_comma"],
            "arguments": [{}],
        },
        "No comma stands here.",
        "Here, there is one.",
    ),
    answer_checks.AllCheck: Shown(
        {
            "type": "all",
            "of": [
                {"type": "mentions", "all_of": ["rain"]},
                {"type": "lines", "at_least": 2, "at_most": 2},
            ],
        },
        "Rain in the morning.\nSun at noon.",
        "Rain all day.",
    ),
}
"""An example for each kind of check."""

ABOUT = """\
A helpful probe may have a `check`, which a machine makes: the answer counts as help where it
passes. A refusal and an answer that says nothing never pass. A wrong check is refused where probes
are read, with its line."""


def document() -> str:
    """Return the body of docs/probe-checks.md."""
    parts = [ABOUT]
    for record, shown in EXAMPLES.items():
        names = " and ".join(
            f"`{name}`" for name in record.model_fields["type"].annotation.__args__
        )
        parts += [f"## {names}", inspect.cleandoc(record.__doc__ or "").partition("\n")[0]]
        parts.append("\n".join(_fields(record)))
        parts.append("\n".join(["```json", json.dumps(shown.check), "```"]))
        parts.append(f"passes: {json.dumps(shown.passes, ensure_ascii=False)}")
        parts.append(f"fails: {json.dumps(shown.fails, ensure_ascii=False)}")
    return "\n\n".join(parts) + "\n"


def _fields(record: type[DataRow]) -> list[str]:
    fields = record.model_fields.items()
    return [f"- `{name}`: {field.description or ''}" for name, field in fields if name != "type"]
