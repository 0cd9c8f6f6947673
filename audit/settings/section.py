"""What do all parts of a settings file have in common?"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Count = Annotated[int, Field(ge=1)]


class Section(BaseModel):
    """A part of a settings file: frozen, and every unknown key is an error."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")
