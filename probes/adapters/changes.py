"""Which parts of an adapter change which tensor of the model, and do their sizes fit?

LoRA is Hu et al. 2021, arXiv:2106.09685: W' = W + alpha / r * B A. Rank-stabilised scaling
(Kalajdzievski 2023, arXiv:2312.03732) divides by sqrt(r). DoRA (Liu et al. 2024, arXiv:2402.09353)
then gives each row of W' a length of its own.
"""

from collections import defaultdict
from dataclasses import dataclass

from audit.run.weights import HEAD, Weights
from probes.adapters.contents import Contents
from probes.adapters.settings import LoraSettings
from probes.adapters.targets import factor_of, rank_of


@dataclass(frozen=True)
class Replaced:
    """The whole tensor is the adapter's. Fields of parts are names of tensors in its file."""

    by: str


@dataclass(frozen=True)
class LowRank:
    """W + factor * up @ down, W as outputs x inputs; then each row scaled to its magnitude."""

    up: str
    down: str
    magnitude: str | None
    factor: float
    rank: int
    transposed: bool
    """Whether the model holds W as inputs x outputs, as it holds embeddings."""


@dataclass(frozen=True)
class Shifted:
    """The adapter's bias, times the factor, is added to the model's."""

    by: str
    factor: float


@dataclass(frozen=True)
class Rows:
    """Rows of the tensor, tokens of an embedding, are the adapter's."""

    by: str
    places: tuple[int, ...]


Part = Replaced | LowRank | Shifted | Rows


Changes = dict[str, tuple[Part, ...]]
"""By the name of the model's tensor, in the order in which they are applied."""


def collect_changes(
    contents: Contents, settings: LoraSettings, weights: Weights, *, transposed: bool
) -> Changes:
    """Return what the adapter does to each tensor; what does not fit is noted as a problem.

    `transposed` says whether the model's layers hold their weights as inputs x outputs.
    """
    changes: dict[str, list[Part]] = defaultdict(list)
    for name, stored in contents.replacing(settings, weights).items():
        changes[name].append(Replaced(stored))
    for module, parts in contents.parts.items():
        if "rows" in parts:
            _add_rows(changes, contents, module, settings, weights)
        else:
            _add_low_rank(changes, contents, module, settings, weights, transposed=transposed)
    return {name: tuple(parts) for name, parts in changes.items()}


def _add_rows(
    changes: dict[str, list[Part]],
    contents: Contents,
    module: str,
    settings: LoraSettings,
    weights: Weights,
) -> None:
    """Add the tokens trained one by one; a tied output head has the same, or its own."""
    stored, weight = contents.parts[module]["rows"], f"{module}.weight"
    places = _places(module, settings, weights)
    vocabulary, width = weights.shapes[weight]
    if contents.headers[stored].shape != (len(places), width):
        contents.refuse(stored, f"does not hold {len(places)} rows of {width} numbers")
    elif len(set(places)) < len(places) or not all(0 <= one < vocabulary for one in places):
        contents.refuse(stored, f"is for tokens outside the {vocabulary}, or for one twice")
    changes[weight].append(Rows(stored, places))
    if weights.tied and weight == weights.embedding and "lm_head" not in contents.parts:
        changes[HEAD].append(Rows(stored, places))


def _places(module: str, settings: LoraSettings, weights: Weights) -> tuple[int, ...]:
    tokens = settings.trainable_token_indices or []
    if isinstance(tokens, dict):
        named = (places for name, places in tokens.items() if module.endswith(name))
        return tuple(next(named, ()))
    return tuple(tokens) if f"{module}.weight" == weights.embedding else ()


def _add_low_rank(
    changes: dict[str, list[Part]],
    contents: Contents,
    module: str,
    settings: LoraSettings,
    weights: Weights,
    *,
    transposed: bool,
) -> None:
    parts, weight = contents.parts[module], f"{module}.weight"
    embeds = "embedding_down" in parts or "embedding_up" in parts
    halves = ("embedding_down", "embedding_up") if embeds else ("down", "up")
    wanted = {*halves, *(["magnitude"] * settings.use_dora), *(["bias"] * settings.lora_bias)}
    if wanted != parts.keys():
        _refuse_parts(contents, module, wanted)
        return
    transposed = embeds or (transposed and weight != HEAD)
    down, up = (parts[half] for half in halves)
    part = LowRank(
        up,
        down,
        parts.get("magnitude"),
        factor_of(settings, module),
        rank_of(settings, module),
        transposed,
    )
    _check_sizes(contents, part, weights.shapes[weight])
    changes[weight].append(part)
    if "bias" in parts:
        _add_bias(changes, contents, module, part.factor, weights)


def _refuse_parts(contents: Contents, module: str, wanted: set[str]) -> None:
    parts = contents.parts[module]
    for kind in sorted(parts.keys() - wanted):
        contents.refuse(parts[kind], "is there, and adapter_config.json asks for no such part")
    for kind in sorted(wanted - parts.keys()):
        whole = kind.replace("_", " ")
        contents.refuse(module, f'has no "{whole}" matrix or vector, and the other parts are there')


def _check_sizes(contents: Contents, part: LowRank, stored: tuple[int, ...]) -> None:
    if len(stored) != 2:  # noqa: PLR2004 - a matrix
        contents.refuse(part.down, f"changes a tensor of the shape {stored}, which is no matrix")
        return
    outputs, inputs = stored[::-1] if part.transposed else stored
    wanted: dict[str, tuple[int, ...]]
    wanted = {part.up: (outputs, part.rank), part.down: (part.rank, inputs)}
    wanted |= {part.magnitude: (outputs,)} if part.magnitude else {}
    for name, shape in wanted.items():
        if contents.headers[name].shape != shape:
            what = f"has the shape {contents.headers[name].shape}; the model and the configured "
            what += f"rank {part.rank} ask for {shape}"
            contents.refuse(name, what, "give the model and the configuration of its training")


def _add_bias(
    changes: dict[str, list[Part]],
    contents: Contents,
    module: str,
    factor: float,
    weights: Weights,
) -> None:
    name, stored = f"{module}.bias", contents.parts[module]["bias"]
    if name not in weights.shapes:
        fix = "the model has no place for it: train without lora_bias"
        contents.refuse(stored, f"is added to {name}, which the model does not have", fix)
    elif weights.shapes[name] != contents.headers[stored].shape:
        contents.refuse(stored, f"does not have the shape of {name}, {weights.shapes[name]}")
    else:
        changes[name].append(Shifted(stored, factor))
