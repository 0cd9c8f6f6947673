"""How does a first configuration read, with the reason beside each number?"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from audit.axis import AXES
from audit.jobs.first_look import ModelLook, PairsLook, Suggestion, suggest
from audit.settings.gate import Gate
from audit.settings.probe_sets import ProbesConfig
from probes.sets.library import count_kinds
from probes.sets.selection import select_probes
from reports.axes import unresolvable

PLACE_OF_COMMENTS = 40


@dataclass(frozen=True)
class First:
    """What a first configuration is made of, as the user named it and as it was found."""

    model: str
    preferences: str
    probes: list[ProbesConfig]
    model_look: ModelLook | None
    """Null where a hub would have to give it."""
    pairs_look: PairsLook | None
    """Null where a hub would have to give them."""

    @property
    def suggestion(self) -> Suggestion:
        """The training to begin with."""
        return suggest(self.model_look, self.pairs_look)

    def findings(self) -> list[str]:
        """Return what was found, in sentences."""
        model, pairs = self.model_look, self.pairs_look
        if model is None:
            told = [f"model {self.model}: not on this machine yet, so it was not looked at"]
        else:
            told = [f"model {self.model}: a chat model, {_millions(model.parameters)} parameters"]
        if pairs is None:
            return [*told, f"preferences {self.preferences}: on a hub, so they were not read"]
        forms = ", ".join(f"{name} ({count} rows)" for name, count in pairs.forms.items())
        counted = f"{pairs.pairs} {pairs.unit}{f', {forms}' if forms else ''}"
        told.append(
            f"preferences {self.preferences}: {counted}; "
            f"99 of 100 have at most {pairs.long_tokens} tokens"
        )
        if pairs.dropped:
            told.append(
                f"{pairs.dropped} rows cannot be learned from and are dropped: "
                f"`audit preferences inspect {self.preferences}` looks at them"
            )
        return told


def configuration(first: First, file: Path) -> str:
    """Return the YAML text of a configuration that will stand in `file`."""
    folder = file.resolve().parent
    lines = [
        "# Made by `audit init`; docs/configuration.md explains every key. Relative paths start",
        "# from this file's folder. Check it: audit train-and-compare FILE --dry-run",
        "",
        "model:",
        _line(2, "path", _placed(first.model, folder), _about_model(first.model_look)),
        "",
        *_preferences(first, folder),
        "",
        *_train(first.suggestion, first.pairs_look),
        "",
        "probes:",
        *(f"  - {_probes(one, folder)}" for one in first.probes),
        "",
        "generation:",
        _line(2, "max_tokens", "256", "a longer answer is cut off, and counted"),
        "",
        *_gate(first.probes),
    ]
    return "\n".join(lines) + "\n"


def _about_model(look: ModelLook | None) -> str:
    if look is None:
        return "on a hub; not looked at"
    return f"{_millions(look.parameters)} parameters"


def _preferences(first: First, folder: Path) -> Iterator[str]:
    pairs = first.pairs_look
    count = "on a hub; not read" if pairs is None else f"{pairs.pairs} {pairs.unit}"
    yield "preferences:"
    yield _line(2, "path", _placed(first.preferences, folder), count)
    if pairs and pairs.dropped:
        yield _line(2, "invalid_rows", "drop", f"{pairs.dropped} rows cannot be learned from")


def _train(suggestion: Suggestion, pairs: PairsLook | None) -> Iterator[str]:
    batch = suggestion.per_device_train_batch_size * suggestion.gradient_accumulation_steps
    unit = pairs.unit if pairs else "pairs"
    steps = f"{suggestion.steps} steps" if suggestion.steps else "every pair once"
    longest = f"99 of 100 {unit} have at most {pairs.long_tokens} tokens" if pairs else "tokens"
    yield "train:"
    if unit == "thumbs":
        yield _line(2, "method", "kto", "it learns from answers that were each rated")
    yield _line(2, "beta", "0.1", "larger holds the model closer to what it was")
    yield _line(2, "learning_rate", suggestion.learning_rate, "too low moves no answer at all")
    yield _line(
        2,
        "per_device_train_batch_size",
        str(suggestion.per_device_train_batch_size),
        f"{unit} at once; halve it where memory ends",
    )
    accumulated = str(suggestion.gradient_accumulation_steps)
    yield _line(2, "gradient_accumulation_steps", accumulated, f"so that a step is {batch} {unit}")
    yield _line(2, "num_train_epochs", "1", steps)
    yield _line(2, "max_length", str(suggestion.max_length), longest)
    if suggestion.is_grouped and pairs:
        said = f"like lengths in one step; the middle one has {pairs.middle_tokens} tokens"
        yield _line(2, "train_sampling_strategy", "group_by_length", said)
    if suggestion.save_steps:
        said = "each checkpoint is an arm on the page"
        yield _line(2, "save_steps", str(suggestion.save_steps), said)


def _probes(one: ProbesConfig, folder: Path) -> str:
    if one.path is None:
        return f"set: {one.set}"
    return f"{{set: {one.set}, path: {_placed(one.path, folder)}}}"


def _gate(configs: list[ProbesConfig]) -> Iterator[str]:
    """Yield the margins, and the word that these probes are too few where they are."""
    probes, gate = select_probes(configs), Gate()
    counts = ", ".join(f"{count} {kind}" for kind, count in count_kinds(probes).items() if count)
    yield f"gate:{' ' * (PLACE_OF_COMMENTS - 5)}# on {counts} probes"
    for axis in AXES:
        yield _line(2, axis.gate_key, f"{gate.margin(axis):g}", "the largest worsening, a fraction")
    if unresolvable(gate, probes, 1):
        said = "so few probes can fail a margin and never pass it"
        yield _line(2, "allow_unresolved", "true", said)


def _line(indent: int, key: str, value: str, comment: str) -> str:
    said = f"{' ' * indent}{key}: {value}"
    return f"{said:<{PLACE_OF_COMMENTS}} # {comment}"


def _placed(path: str, folder: Path) -> str:
    """Return a path as it must stand in a file of that folder, quoted where YAML needs it."""
    given = Path(path).expanduser()
    if given.exists() and (not given.is_absolute() or given.resolve().is_relative_to(folder)):
        path = os.path.relpath(given.resolve(), folder)
    plain = path.replace("/", "").replace("-", "").replace("_", "").replace(".", "").isalnum()
    return path if plain and path[0] not in "-." else json.dumps(path)


def _millions(count: int) -> str:
    return f"{count / 1e9:.1f} billion" if count >= 10**9 else f"{count / 1e6:.1f} million"
