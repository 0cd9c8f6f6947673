"""What do all parts of a settings file have in common?"""

import os
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from audit.errors import InputError, Problem
from audit.files.borders import visible
from audit.files.data_row import Text
from audit.files.lines import refuse


def _usable_path(path: str) -> str:
    """Refuse what no file system takes, so that it is named at its line and not where it fails."""
    if "\0" in path:
        raise ValueError("a path holds no NUL character")
    try:
        os.fsencode(path)
    except UnicodeEncodeError as error:
        raise ValueError("holds half of a character, which no path can hold") from error
    try:
        Path(path).expanduser()
    except RuntimeError as error:
        raise ValueError("names a user that is not here; give the whole path") from error
    return path


Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]
"""What numpy, torch and vLLM all take as a seed."""
PathText = Annotated[Text, AfterValidator(_usable_path)]
"""A path here, or a hub id where the key says so."""


def instead_say(message: str) -> WrapValidator:
    """Return what gives a key that may hold several types one message in place of one for each."""

    def check(value: Any, fits: ValidatorFunctionWrapHandler) -> Any:
        try:
            return fits(value)
        except ValidationError:
            raise ValueError(message) from None

    return WrapValidator(check)


class Section(BaseModel):
    """A part of a settings file: frozen, every unknown key is an error, numbers are finite.

    The text under a field is what docs/configuration.md says of the key.
    """

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )


AnySection = TypeVar("AnySection", bound=Section)


def section_of(section: type[AnySection], where: str, **values: Any) -> AnySection:
    """Return a section made of what the command line names.

    Raises:
        InputError: a value does not fit; `where` is the argument that gave it.
    """
    try:
        return section.model_validate(values)
    except ValidationError as error:
        refuse(
            [
                Problem(where, f"is {visible(repr(detail['input']))}", detail["msg"])
                for detail in error.errors(include_url=False)
            ]
        )
        raise InputError(Problem(where, "does not fit", "see --help")) from error
