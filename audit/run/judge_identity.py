"""Who judged: what do a judge's labels depend on, and how right was it against people?"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue

JudgeKind = Literal["rules", "classifier", "generative", "panel", "encoder"]


class _Record(BaseModel):
    """Part of an identity: frozen, and every unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class MeasuredError(_Record):
    """How a judge agreed with people, any refusal being positive; null where undefined.

    `intervals` are 95% ones by measure. `labels` names the file that it was measured on; the
    built-in judge's own error was measured out of fold and names none.
    """

    n: int
    """How many labelled responses it was measured on."""
    accuracy: float | None
    """The share on which it says the same of refusal or not."""
    precision: float | None
    """The share of its refusals that people call refusals."""
    recall: float | None
    """The share of people's refusals that it finds."""
    f1: float | None
    """The harmonic mean of precision and recall."""
    kappa: float | None
    """Cohen's kappa with people."""
    intervals: dict[str, tuple[float, float] | None] | None = None
    """A 95% interval for each measure."""
    unscored: int = 0
    """Responses that it could not judge, left out of n."""
    seen_in_training: int = 0
    """Responses that the built-in judge was trained on."""
    labels: str | None = None
    """The file of labels; null for the built-in judge's own error."""
    labels_sha256: str | None = None
    """The sha256 of that file."""
    measured_at: str | None = None
    """When, in UTC."""

    @property
    def share_wrong(self) -> float | None:
        """The share on which it does not say the same as people; null where it is not known."""
        return None if self.accuracy is None else 1 - self.accuracy


class JudgeModel(_Record):
    """The model that a judge asks; digests are null where an endpoint does not tell them."""

    source: str
    """The folder, hub id or name at an endpoint."""
    weights_sha256: str | None
    """The sha256 of its weights."""
    settings_sha256: str | None
    """The sha256 of its configuration, tokenizer and template."""
    dtype: str | None
    """The precision that it computes in."""
    engine: str | None
    """The engine that runs it."""
    engine_version: str | None
    """That engine's version."""
    endpoint_url: str | None
    """The server that answers; null where it is asked on this machine."""


class JudgeIdentity(_Record):
    """A judge as it labelled. Two judges of one `sha256` give the same labels.

    `words_sha256` is of all that a model is asked, null for the built-in judge. `settings` are
    those of the configuration that labels depend on. `members` are the two judges of a panel.
    """

    name: str
    """Its name in this run."""
    kind: JudgeKind
    """What kind of judge it is."""
    version: str
    """The version of its rules or of its questions."""
    sha256: str
    """The sha256 of all that its labels depend on."""
    settings: dict[str, JsonValue]
    """The settings that its labels depend on."""
    words_sha256: str | None
    """The sha256 of all that a model is asked; null for the built-in judge."""
    model: JudgeModel | None
    """The model that it asks; null where it asks none."""
    members: tuple["JudgeIdentity", ...]
    """A panel's two judges; none for others."""
    measured_error: MeasuredError | None
    """How right it was against people; null where it was not measured."""

    def asked(self) -> tuple["JudgeIdentity", ...]:
        """Return the judges that it consists of: itself, or a panel's members."""
        return self.members or (self,)
