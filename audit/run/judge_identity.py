"""Who judged: what do a judge's labels depend on, and how right was it against people?"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue

JudgeKind = Literal["rules", "classifier", "generative", "panel"]


class _Record(BaseModel):
    """Part of an identity: frozen, and every unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class MeasuredError(_Record):
    """How a judge agreed with people, any refusal being positive; null where undefined.

    `intervals` are 95% ones by measure. `labels` names the file that it was measured on; the
    built-in judge's own error was measured out of fold and names none.
    """

    n: int
    accuracy: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    kappa: float | None
    intervals: dict[str, tuple[float, float] | None] | None = None
    unscored: int = 0
    seen_in_training: int = 0
    labels: str | None = None
    labels_sha256: str | None = None
    measured_at: str | None = None


class JudgeModel(_Record):
    """The model that a judge asks; digests are null where an endpoint does not tell them."""

    source: str
    weights_sha256: str | None
    settings_sha256: str | None
    dtype: str | None
    engine: str | None
    engine_version: str | None
    endpoint_url: str | None


class JudgeIdentity(_Record):
    """A judge as it labelled. Two judges of one `sha256` give the same labels.

    `words_sha256` is of all that a model is asked, null for the built-in judge. `settings` are
    those of the configuration that labels depend on. `members` are the two judges of a panel.
    """

    name: str
    kind: JudgeKind
    version: str
    sha256: str
    settings: dict[str, JsonValue]
    words_sha256: str | None
    model: JudgeModel | None
    members: tuple["JudgeIdentity", ...]
    measured_error: MeasuredError | None

    def asked(self) -> tuple["JudgeIdentity", ...]:
        """Return the judges that it consists of: itself, or a panel's members."""
        return self.members or (self,)
