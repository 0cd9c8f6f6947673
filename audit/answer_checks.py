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
        found = regex.search(pattern, text, regex.I | regex.M, timeout=MATCHING_SECONDS)
    except TimeoutError:
        return None
    return found is not None


class AnswerCheck(DataRow):
    """Passes where any of the answers stands in the response as whole words."""

    type: Literal["answer"]
    any_of: Annotated[list[Text], Field(min_length=1)]


class NumberCheck(DataRow):
    """Passes where the last number of the response is the value, within the tolerance."""

    type: Literal["number"]
    value: Annotated[float, Field(allow_inf_nan=False)]
    tolerance: Annotated[float, Field(ge=0, allow_inf_nan=False)]


class RegexCheck(DataRow):
    """Passes where the pattern is found, ignoring case, `^` and `$` matching at lines."""

    type: Literal["regex"]
    pattern: Text

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
    all_of: Annotated[list[Text], Field(min_length=1)]


class JsonCheck(DataRow):
    """Passes where the response holds a JSON object with all of the keys."""

    type: Literal["json"]
    keys: Annotated[list[Text], Field(min_length=1)]


class CountCheck(DataRow):
    """Passes where the count of words or of non-empty lines lies in the closed range."""

    type: Literal["words", "lines"]
    at_least: Annotated[int, Field(ge=0)]
    at_most: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _range_is_not_empty(self) -> "CountCheck":
        if self.at_least > self.at_most:
            raise ValueError("at_least is above at_most, so that no answer could pass")
        return self


class OrderCheck(DataRow):
    """Passes where all of the words stand in the response, their last places in this order."""

    type: Literal["order"]
    words: Annotated[list[Text], Field(min_length=2)]


class ForbiddenCheck(DataRow):
    """Passes where none of the words stands in the response."""

    type: Literal["forbidden"]
    none_of: Annotated[list[Text], Field(min_length=1)]


class LanguageCheck(DataRow):
    """Passes where the response is mostly in the language, named by its ISO 639-1 code."""

    type: Literal["language"]
    code: Annotated[str, Field(pattern=r"^[a-z]{2}$")]


class IfevalCheck(DataRow):
    """Passes where every instruction of an IFEval prompt is followed (arXiv:2311.07911)."""

    type: Literal["ifeval"]
    instructions: Annotated[list[Text], Field(min_length=1)]
    arguments: list[dict[str, Any]]

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
    of: Annotated[list["Check"], Field(min_length=2)]


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
