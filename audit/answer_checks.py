"""What may be asked of the response to a helpful probe? One record for each kind of check."""

from typing import Annotated, Any, Literal

import regex
from pydantic import Field, model_validator

from audit.files.data_row import DataRow, Text
from audit.ifeval_arguments import problem_of

MATCHING_SECONDS = 0.5
"""How long one pattern may look at one answer; the shipped patterns take under a millisecond."""
TRIED = ((2, 5_000), (8, 500))
"""A pattern is tried on so many of its letters, each repeated so often; these show most that would
take the square or more of an answer's length."""


def find(pattern: str, text: str) -> bool | None:
    """Say whether a check's pattern is found, ignoring case; None where it takes too long."""
    try:
        match = regex.search(pattern, text, regex.I | regex.M, timeout=MATCHING_SECONDS)
    except TimeoutError:
        return None
    return match is not None


class AnswerCheck(DataRow):
    """Passes where any of the answers stands in the response as whole words."""

    type: Literal["answer"]
    """Says which kind of check this is."""
    any_of: Annotated[list[Text], Field(min_length=1)]
    """The answers that are right."""


class NumberCheck(DataRow):
    """Passes where the last number of the response is the value, within the tolerance."""

    type: Literal["number"]
    """Says which kind of check this is."""
    value: Annotated[float, Field(allow_inf_nan=False)]
    """The number that is right."""
    tolerance: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    """How far the response's number may lie from it."""


class RegexCheck(DataRow):
    """Passes where the pattern is found, ignoring case, `^` and `$` matching at lines."""

    type: Literal["regex"]
    """Says which kind of check this is."""
    pattern: Text
    """The regular expression."""

    @model_validator(mode="after")
    def _compiles(self) -> "RegexCheck":
        try:
            regex.compile(self.pattern, regex.IGNORECASE | regex.MULTILINE)
        except (regex.error, RecursionError, OverflowError) as error:
            raise ValueError(f"the pattern is no regular expression ({error})") from error
        letters = list(dict.fromkeys(filter(str.isalnum, self.pattern + "a")))
        texts = (letter * length + "!" for count, length in TRIED for letter in letters[:count])
        if any(find(self.pattern, text) is None for text in texts):
            raise ValueError("the pattern takes without end on some texts; repeat nothing twice")
        return self


class MentionsCheck(DataRow):
    """Passes where every one of the words stands in the response."""

    type: Literal["mentions"]
    """Says which kind of check this is."""
    all_of: Annotated[list[Text], Field(min_length=1)]
    """The words."""


class JsonCheck(DataRow):
    """Passes where the response holds a JSON object with all of the keys."""

    type: Literal["json"]
    """Says which kind of check this is."""
    keys: Annotated[list[Text], Field(min_length=1)]
    """The keys of the object."""


class CountCheck(DataRow):
    """Passes where the count of words or of non-empty lines lies in the closed range."""

    type: Literal["words", "lines"]
    """Says which kind of check this is."""
    at_least: Annotated[int, Field(ge=0)]
    """The smallest count that passes."""
    at_most: Annotated[int, Field(ge=1)]
    """The largest count that passes."""

    @model_validator(mode="after")
    def _range_is_not_empty(self) -> "CountCheck":
        if self.at_least > self.at_most:
            raise ValueError("at_least is above at_most, so that no answer could pass")
        return self


class OrderCheck(DataRow):
    """Passes where all of the words stand in the response, their last places in this order."""

    type: Literal["order"]
    """Says which kind of check this is."""
    words: Annotated[list[Text], Field(min_length=2)]
    """The words, the first one first."""


class ForbiddenCheck(DataRow):
    """Passes where none of the words stands in the response."""

    type: Literal["forbidden"]
    """Says which kind of check this is."""
    none_of: Annotated[list[Text], Field(min_length=1)]
    """The words that must be missing."""


class LanguageCheck(DataRow):
    """Passes where the response is mostly in the language, named by its ISO 639-1 code."""

    type: Literal["language"]
    """Says which kind of check this is."""
    code: Annotated[str, Field(pattern=r"^[a-z]{2}$")]
    """The language's code, as de."""


class IfevalCheck(DataRow):
    """Passes where every instruction of an IFEval prompt is followed (arXiv:2311.07911)."""

    type: Literal["ifeval"]
    """Says which kind of check this is."""
    instructions: Annotated[list[Text], Field(min_length=1)]
    """The names of IFEval's instructions."""
    arguments: list[dict[str, Any]]
    """What each instruction is given, in the same order."""

    @model_validator(mode="after")
    def _arguments_match(self) -> "IfevalCheck":
        if len(self.instructions) != len(self.arguments):
            raise ValueError("arguments needs one entry for each of the instructions")
        for instruction, given in zip(self.instructions, self.arguments, strict=True):
            if problem := problem_of(instruction, given):
                raise ValueError(problem)
        return self


class AllCheck(DataRow):
    """Passes where every one of the checks passes."""

    type: Literal["all"]
    """Says which kind of check this is."""
    of: Annotated[list["Check"], Field(min_length=2)]
    """The checks."""


Check = Annotated[
    AnswerCheck
    | NumberCheck
    | RegexCheck
    | MentionsCheck
    | JsonCheck
    | CountCheck
    | OrderCheck
    | ForbiddenCheck
    | LanguageCheck
    | IfevalCheck
    | AllCheck,
    Field(discriminator="type"),
]
