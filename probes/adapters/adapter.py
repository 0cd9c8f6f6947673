"""What does an adapter do to a model, and can all of it be done here?"""

from dataclasses import dataclass
from pathlib import Path

from audit.errors import InputError, Problem
from audit.files import digests
from audit.files.lines import refuse
from audit.run.model_folder import ModelFolder
from audit.run.weights import HEAD, read_weights
from probes.adapters.changes import Changes, LowRank, collect_changes
from probes.adapters.contents import FILE, read_contents
from probes.adapters.settings import read_settings
from probes.adapters.trained_on import refuse_another_model

STORED_TRANSPOSED = ("gpt2", "openai-gpt")
"""Kinds of model whose layers hold their weights as inputs x outputs."""


@dataclass(frozen=True)
class Adapter:
    """All that an adapter changes, by the names of the model's tensors, in order."""

    folder: Path
    sha256: str
    changes: Changes
    unties: bool
    """Whether it changes a tied embedding and the output head in two ways."""
    same: tuple[str, str] | None
    """Two of its tensors that must be equal, for the model has one tensor for both."""

    @property
    def rank(self) -> int:
        """The largest rank."""
        return max((part.rank for part in self._low_rank()), default=0)

    def can_be_requested(self) -> bool:
        """Say whether vLLM applies all of it beside the weights, which it does to plain LoRA only.

        It takes for granted that every weight has the same rank and factor.
        """
        plain = all(
            len(parts) == 1 and isinstance(parts[0], LowRank) and parts[0].magnitude is None
            for parts in self.changes.values()
        )
        stored = [part for part in self._low_rank() if part.transposed or ".default." in part.up]
        kinds = {(part.rank, part.factor) for part in self._low_rank()}
        return plain and not stored and HEAD not in self.changes and len(kinds) <= 1

    def _low_rank(self) -> list[LowRank]:
        parts = [part for change in self.changes.values() for part in change]
        return [part for part in parts if isinstance(part, LowRank)]


def is_adapter(folder: Path) -> bool:
    """Say whether the folder holds an adapter's tensors."""
    return (folder / FILE).is_file()


def adapter_digest(folder: Path) -> str:
    """Return the sha256 of an adapter's tensors and of what its configuration makes of them.

    Raises:
        InputError: a file is missing, or the configuration cannot be followed here.
    """
    if not is_adapter(folder):
        fix = "restore it, or give a folder that peft's save_pretrained() wrote"
        raise InputError(Problem(str(folder), f"holds no {FILE}", fix))
    return digests.of_json([digests.of_files([folder / FILE]), read_settings(folder).meaning()])


def read_adapter(folder: Path, model: ModelFolder) -> Adapter:
    """Read what an adapter does to a model, without reading any tensor.

    Raises:
        InputError: a file is missing or cut short, or something in it cannot be merged exactly:
            every tensor and setting of that kind is named.
    """
    sha256 = adapter_digest(folder)
    settings, weights = read_settings(folder), read_weights(model)
    refuse_another_model(folder, settings, model)
    contents = read_contents(folder, settings, weights)
    refuse(contents.problems)
    changes = collect_changes(contents, settings, weights, transposed=_is_transposed(model))
    refuse(contents.problems)
    unties = weights.tied and changes.get(HEAD) != changes.get(weights.embedding or "")
    return Adapter(folder, sha256, changes, unties, contents.same(settings, weights))


def _is_transposed(model: ModelFolder) -> bool:
    return model.settings().get("model_type") in STORED_TRANSPOSED
