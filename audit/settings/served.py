"""How is a model behind a server named, so that it can be asked as an arm?"""

from typing import Annotated

from pydantic import Field

from audit.settings.judges import EndpointConfig


class ServedConfig(EndpointConfig):
    """A model that an OpenAI-compatible server answers for, asked by chat completions."""

    retries: Annotated[int, Field(ge=0)] = 5
    """How often a request that failed is sent again, after the pause that the server asks for in
    Retry-After (up to two minutes), else after one that doubles up to eight seconds."""
