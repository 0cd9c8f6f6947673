"""What did an arm's answers depend on, and in what do two arms differ?"""

from collections.abc import Collection, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, JsonValue, model_serializer

UNKNOWN = "unknown"
MAY_DIFFER = {
    "weights_sha256": "what a whole fine-tune changes, and so what is measured",
    "adapter_sha256": "what training an adapter changes, and so what is measured",
    "served.url": "stands for the weights where a server answers and tells none",
    "served.model": "stands for the weights, as above",
    "served.system_fingerprint": "stands for the weights, as above: most servers put the model "
    "into it; their version must be the same",
}
"""In what two arms that are compared may differ, each with the reason."""


class Identity(BaseModel):
    """Everything that an arm's answers depend on, as it was when the arm was asked.

    It is open: whatever else is stated counts as much as the fields named here. What is not stated
    (an older audit did not know it) equals nothing but what is not stated either.
    """

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="allow",
        allow_inf_nan=False,
        protected_namespaces=(),
        use_attribute_docstrings=True,
    )
    __pydantic_extra__: dict[str, JsonValue]

    weights_sha256: str | None = None
    """The sha256 of the whole weights, hashed as they were read."""
    adapter_sha256: str | None = None
    """The sha256 of the adapter's weights and scaling; null where there is no adapter."""
    model_config_sha256: str | None = None
    """The sha256 of the model's configuration, but for the harmless keys of it."""
    prompts_sha256: str | None = None
    """The sha256 of the probes' token ids, template and system prompt included."""
    probes_sha256: str | None = None
    """The sha256 of probes.jsonl."""
    decoding: dict[str, JsonValue] | None = None
    """All settings of `generation`, but for the harmless ones."""
    engine: str | None = None
    """`vllm` or `transformers`, or `served`."""
    engine_version: str | None = None
    """The version of the engine; for a server what it reported, or "unknown"."""
    engine_settings: dict[str, JsonValue] | None = None
    """All that the engine was loaded with, its environment variables included, but for the harmless
    settings."""
    versions: dict[str, str] | None = None
    """The versions of the libraries that the engine computes with."""
    precision: str | None = None
    """The precision that the engine computed in."""
    device: str | None = None
    """The GPU, or the processor with the number of threads."""
    adapters: str | None = None
    """`merged` into the weights, or `requested` beside them."""
    served: dict[str, JsonValue] | None = None
    """Where a server answered: its url, the model's name there, and the system fingerprint that it
    reported or "unknown". Its weights are "unknown" then, as is its chat template."""

    @model_serializer(mode="plain")
    def stated(self) -> dict[str, Any]:
        """Return what is stated, as it stands in the manifest."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        stated = {name: value for name, value in fields.items() if name in self.model_fields_set}
        return stated | self.__pydantic_extra__


class Unknown(BaseModel):
    """The identity of answers that were made elsewhere; it stands as "unknown" in the files."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_serializer(mode="plain")
    def stated(self) -> str:
        """Return the word for it in the files."""
        return UNKNOWN


AnyIdentity = Identity | Unknown


def same_weights(one: AnyIdentity, other: AnyIdentity) -> bool:
    """Say whether both are known to have the same weights and the same adapter."""
    if isinstance(one, Unknown) or isinstance(other, Unknown):
        return False
    if one.weights_sha256 in (None, UNKNOWN):
        return False
    first = (one.weights_sha256, one.adapter_sha256)
    return first == (other.weights_sha256, other.adapter_sha256)


def read_identity(stated: object) -> object:
    """Return the record of an unknown identity for the word, and anything else as it is."""
    return Unknown() if stated == UNKNOWN else stated


def differing(
    first: Identity, second: Identity, may_differ: Collection[str] = tuple(MAY_DIFFER)
) -> list[str]:
    """Return the names of all that two identities state otherwise, or that only one states."""
    own, others = _flat(first.stated()), _flat(second.stated())
    return sorted(
        name
        for name in own.keys() | others.keys()
        if name not in may_differ
        and (name not in own or name not in others or own[name] != others[name])
    )


def _flat(stated: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Return nested settings by their dotted names."""
    flat: dict[str, Any] = {}
    for name, value in stated.items():
        if isinstance(value, dict) and value:
            flat |= _flat(value, f"{before}{name}.")
        else:
            flat[before + name] = value
    return flat
