"""What may be asked of the response to a helpful probe? One record for each kind of check."""

import re
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from audit.files.data_row import DataRow, Text


class AnswerCheck(DataRow):
    """Passes where any of the answers stands in the response as whole words."""

    type: Literal["answer"]
    any_of: Annotated[list[Text], Field(min_length=1)]


class NumberCheck(DataRow):
    """Passes where the last number of the response is the value, within the tolerance."""

    type: Literal["number"]
    value: float
    tolerance: Annotated[float, Field(ge=0)]


class RegexCheck(DataRow):
    """Passes where the pattern is found, ignoring case, `^` and `$` matching at lines."""

    type: Literal["regex"]
    pattern: Text

    @model_validator(mode="after")
    def _compiles(self) -> "RegexCheck":
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise ValueError(f"the pattern is no regular expression ({error})") from error
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
