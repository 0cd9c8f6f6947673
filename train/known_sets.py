"""Which preference data is known by name, and who wrote, graded and licensed it?"""

from functools import cache
from importlib.resources import as_file, files

from pydantic import Field

from audit.errors import InputError, Problem
from audit.files.data_row import Text
from audit.run.pair_findings import NOT_KNOWN, Provenance
from audit.settings.preferences import TRAIN, SourceConfig
from audit.settings.section import Section
from audit.settings.yaml_file import load_settings


class KnownSet(Section):
    """Preference data that others published, and the shipped pairs."""

    hub: list[Text]
    """Its ids on the hub, the first of which its name means; empty where it is shipped."""
    parts: list[Text] = Field(default=[])
    """Folders of it that are asked for one by one."""
    split: Text = TRAIN
    """Its split to train on."""
    licence: Text
    written_by: Text
    graded_by: Text
    source: Text
    """Where that is stated."""
    lacks: Text | None = None
    """Why it cannot be learned from as it is; null where it can."""


class Registry(Section):
    """All known sets by name."""

    sets: dict[str, KnownSet]


@cache
def known_sets() -> dict[str, KnownSet]:
    """Return the sets that are known."""
    with as_file(files("train") / "data" / "known_sets.yaml") as file:
        return load_settings(file, Registry).sets


def names() -> list[str]:
    """Return all names that a configuration may give in place of a path."""
    return [
        _name(name, part) for name, known in known_sets().items() for part in known.parts or [""]
    ]


def resolved(source: SourceConfig, asked_by: str) -> SourceConfig:
    """Return the source with a known name as the hub data set that it means.

    Raises:
        InputError: the set cannot be learned from as it is.
    """
    found = _named(source.path)
    if found is None or not found[0].hub:
        return source
    known, part = found
    if known.lacks:
        what = f'"{source.path}" cannot be learned from: {known.lacks}'
        raise InputError(Problem(asked_by, what, f"known by name are {', '.join(names())}"))
    split = known.split if source.split == TRAIN else source.split
    given = {"path": known.hub[0], "data_dir": part or source.data_dir, "split": split}
    return source.model_copy(update=given)


def provenance(source: SourceConfig) -> Provenance:
    """Return the licence of a source and of what it was made with; `not known` where it is not."""
    named = _named(source.path)
    known = named[0] if named else _on_hub(source.path)
    if known is None:
        return Provenance(source.title(), NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, None)
    return Provenance(
        source.title(), known.licence, known.written_by, known.graded_by, known.source
    )


def _named(path: str) -> tuple[KnownSet, str | None] | None:
    """Return the set that a name means, and which part of it."""
    for name, known in known_sets().items():
        for part in known.parts or [""]:
            if path == _name(name, part):
                return known, part or None
    return None


def _name(name: str, part: str) -> str:
    return f"{name}-{part}" if part else name


def _on_hub(path: str) -> KnownSet | None:
    return next((known for known in known_sets().values() if path in known.hub), None)
