"""Which judges can there be beside the built-in one, and what does each of their keys mean?"""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from audit.errors import InputError, Problem
from audit.files.data_row import Text
from audit.settings.model import ModelConfig
from audit.settings.section import Count, Section

BUILTIN = "rules"
"""The judge that needs no model, and is there without being configured."""

JudgeName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]


def _is_address(url: str) -> str:
    try:
        port = urlsplit(url).port
    except ValueError as error:
        raise ValueError(f"is no address ({error})") from error
    if port == 0:
        raise ValueError("is no address (port 0)")
    return url


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class EndpointConfig(Section):
    """An OpenAI-compatible server that answers as a judge's model."""

    url: Annotated[str, Field(pattern=r"^https?://[^\s@?#]+$"), AfterValidator(_is_address)]
    """Its address up to and with the version, as in http://127.0.0.1:8000/v1; no secret in it."""
    model: Text
    """The name that the server knows the model by."""
    api_key_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    """The environment variable that holds the key; the key itself is never written down."""
    timeout_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 60.0
    """How long one request may take before it counts as failed."""
    concurrency: Count = 8
    """Requests that are under way at the same time."""

    @model_validator(mode="after")
    def _key_is_not_overheard(self) -> "EndpointConfig":
        if self.api_key_env is None or self.url.startswith("https://"):
            return self
        if not _is_this_machine(urlsplit(self.url).hostname or ""):
            raise ValueError("a key goes over https only, but to a server on this machine")
        return self


class ClassifierJudge(Section):
    """A sequence-classification model of transformers that tells refusals from other answers."""

    has_a_model: ClassVar[bool] = True

    kind: Literal["classifier"]
    """Says that this judge is a classifier."""
    model: ModelConfig
    """The classifier's weights."""
    refusal_labels: Annotated[list[Text], Field(min_length=1)]
    """Which of the model's labels mean a refusal; all its others mean compliance."""
    reads: Literal["response", "prompt_and_response"] = "prompt_and_response"
    """What the classifier was trained to read: the response alone, or the prompt before it."""

    def anchored(self, folder: Path) -> "ClassifierJudge":
        """Return the same with its model's relative path, if it exists, made absolute."""
        return self.model_copy(update={"model": self.model.anchored(folder)})


class GenerativeJudge(Section):
    """A chat model that is asked about each response, here through vLLM or at an endpoint."""

    has_a_model: ClassVar[bool] = True

    kind: Literal["generative"]
    """Says that this judge is a chat model."""
    template: Literal["rubric", "wildguard", "llama-guard"] = "rubric"
    """How it is asked: by this project's rubric, or as WildGuard or Llama Guard were trained."""
    model: ModelConfig | None = None
    """The chat model, where it is asked on this machine."""
    endpoint: EndpointConfig | None = None
    """The server that answers, where the model is not asked on this machine."""
    max_tokens: Count = 256
    """How long a reply may be; one that is cut off cannot be read and is unscored."""
    retries: Annotated[int, Field(ge=0)] = 2
    """How often an endpoint is asked again that failed, or whose reply cannot be read."""

    @model_validator(mode="after")
    def _one_place(self) -> "GenerativeJudge":
        if (self.model is None) == (self.endpoint is None):
            raise ValueError("give exactly one of model (asked here) and endpoint (a server)")
        return self

    def anchored(self, folder: Path) -> "GenerativeJudge":
        """Return the same with its model's relative path, if it exists, made absolute."""
        model = self.model and self.model.anchored(folder)
        return self.model_copy(update={"model": model})


class PanelJudge(Section):
    """The built-in judge where it is sure, and another judge where it is not."""

    has_a_model: ClassVar[bool] = False

    kind: Literal["panel"]
    """Says that this judge is a panel."""
    asks: JudgeName
    """The judge that decides where the built-in one is not sure."""
    sure_from: Annotated[float, Field(ge=0.5, le=1)] = 0.9
    """The confidence from which on the built-in judge decides."""

    def anchored(self, _: Path) -> "PanelJudge":
        """Return the same: a panel has no path."""
        return self


class EncoderJudge(Section):
    """The built-in judge for English, and a small multilingual encoder for other languages."""

    has_a_model: ClassVar[bool] = False

    kind: Literal["encoder"]
    """Says that this judge has an encoder, which the extra `judges` installs."""
    sure_from: Annotated[float, Field(ge=0.5, le=1)] = 0.8
    """The confidence from which on an answer in another language is labelled, not `unscored`."""

    def anchored(self, _: Path) -> "EncoderJudge":
        """Return the same: it has no path."""
        return self


ModelJudge = ClassifierJudge | GenerativeJudge
JudgeConfig = Annotated[ModelJudge | PanelJudge | EncoderJudge, Field(discriminator="kind")]


def _without_builtin(judges: dict[str, Any]) -> dict[str, Any]:
    if BUILTIN in judges:
        raise ValueError(f'"{BUILTIN}" is the built-in judge: give this one another name')
    return judges


Judges = Annotated[dict[JudgeName, JudgeConfig], AfterValidator(_without_builtin)]
KINDS: dict[str, type[Section]] = {
    "classifier": ClassifierJudge,
    "generative": GenerativeJudge,
    "panel": PanelJudge,
    "encoder": EncoderJudge,
}


class JudgesFile(Section):
    """A file of judges, for runs and label files that have no configuration to name them."""

    judges: Annotated[Judges, Field(min_length=1)]
    """The judges by name, each a classifier, a generative judge, a panel or an encoder."""


def anchored_judges(judges: Judges, folder: Path) -> Judges:
    """Return the judges with their models' relative paths that exist made absolute."""
    return {name: judge.anchored(folder) for name, judge in judges.items()}


def refuse_unknown_judge(name: str, judges: Judges, named_by: str) -> None:
    """Refuse a name that no judge has, and a panel that asks one that it cannot ask.

    Raises:
        InputError: there is no such judge, or no judge with a model that the panel asks.
    """
    if name == BUILTIN:
        return
    if name not in judges:
        there = ", ".join([BUILTIN, *judges])
        fix = f"name one of {there}, or add it under judges"
        raise InputError(Problem(named_by, f'there is no judge "{name}"', fix))
    asks = getattr(judges[name], "asks", None)
    if asks is not None and (asks not in judges or not judges[asks].has_a_model):
        fix = "name a classifier or a generative judge under judges"
        raise InputError(Problem(f"judges.{name}.asks", f'"{asks}" is no such judge', fix))


def needs_room(name: str, judges: Judges) -> bool:
    """Say whether a judge, or the one that its panel asks, is a model that is loaded here."""
    judge = judges.get(name)
    if isinstance(judge, PanelJudge):
        return needs_room(judge.asks, judges)
    return isinstance(judge, ModelJudge) and judge.model is not None
