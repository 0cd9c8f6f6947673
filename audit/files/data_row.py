"""What do all records of data files have in common?"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

PROMPT_CHARACTERS = 200_000
"""About 50,000 tokens; what is longer is more likely a whole file by mistake than a prompt."""

Text = Annotated[str, Field(min_length=1, pattern=r"\S")]
Prompt = Annotated[str, Field(min_length=1, max_length=PROMPT_CHARACTERS, pattern=r"\S")]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]*$", max_length=200)]


class DataRow(BaseModel):
    """A row of a data file: frozen, and free to carry keys that nobody here reads.

    The text under a field is what docs/run-directory.md says of it.
    """

    model_config = ConfigDict(
        frozen=True, strict=True, extra="ignore", use_attribute_docstrings=True
    )
