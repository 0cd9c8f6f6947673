"""Which preference pairs does a model learn from: those of one source, or a mixture of several?"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from audit.files.data_row import Text
from audit.settings.model import anchored_path
from audit.settings.section import Count, PathText, Section

Weight = Annotated[float, Field(gt=0)]
TRAIN = "train"
OF_ONE_SOURCE = ("name", "data_dir", "revision", "split")
"""Keys that belong to `path`, and to each entry of `sources`."""
ADDED = ("revision", "sources")
"""Keys that a written configuration leaves out where they say nothing, as older ones did."""


class SourceConfig(Section):
    """One of several sources of preference pairs."""

    path: PathText
    """`demo`, the name of a known set, a JSONL, JSON, CSV or Parquet file, or a hub id."""
    name: Text | None = None
    """The hub data set's configuration."""
    data_dir: Text | None = None
    """The hub data set's folder, as `harmless-base`."""
    revision: Text | None = None
    """The hub's branch, tag or commit; a commit always means the same rows."""
    split: Text = TRAIN
    """The hub data set's split to train on."""
    rows: Count | None = None
    """How many of its pairs to take, drawn with `train.seed`; all where neither this nor `weight`
    is given."""
    weight: Weight | None = None
    """Its share of the pairs that sources with a weight give together, as 0.3 beside 0.7. They fill
    what `limit` leaves, or give as many as the share of the smallest allows."""

    @model_validator(mode="after")
    def _one_amount(self) -> "SourceConfig":
        if self.rows is not None and self.weight is not None:
            raise ValueError("give rows or a weight, not both")
        return self

    @property
    def place(self) -> tuple[str | None, ...]:
        """What tells the source from every other."""
        return self.path, self.name, self.data_dir, self.revision, self.split

    def title(self) -> str:
        """Return what people call it: its path, and the part of it that is read."""
        return ", ".join(part for part in (self.path, self.name, self.data_dir) if part)


class PreferencesConfig(Section):
    """The preference pairs that DPO learns from: those of one `path`, or of several `sources`."""

    path: PathText | None = None
    """`demo`, the name of a known set, a JSONL, JSON, CSV or Parquet file, or a hub id."""
    name: Text | None = None
    """The hub data set's configuration."""
    data_dir: Text | None = None
    """The hub data set's folder."""
    revision: Text | None = None
    """The hub's branch, tag or commit; a commit always means the same rows."""
    split: Text = TRAIN
    """The hub data set's split to train on."""
    sources: list[SourceConfig] = Field(default=[])
    """Several sources in place of `path`, each with a number of rows or a weight."""
    limit: Count | None = None
    """How many pairs to train on, drawn with `train.seed`; all where it is left out."""
    eval_path: PathText | None = None
    """A file to evaluate the loss on."""
    eval_split: Text | None = None
    """The hub data set's split to evaluate the loss on."""
    eval_limit: Count | None = None
    """How many pairs to evaluate on; held out of the training pairs where no eval source is."""
    invalid_rows: Literal["refuse", "drop"] = "refuse"
    """What to do with a row that cannot be learned from; dropped rows are counted and reported."""

    @model_validator(mode="after")
    def _one_form(self) -> "PreferencesConfig":
        if (self.path is None) == (not self.sources):
            raise ValueError("give a path, or sources, and not both")
        if not self.sources:
            return self
        plain = type(self).model_fields
        for key in OF_ONE_SOURCE:
            if getattr(self, key) != plain[key].default:
                raise ValueError(f"with sources, {key} belongs to each of them")
        if self.eval_split and not self.eval_path:
            raise ValueError("with sources, eval_split needs an eval_path")
        if len({source.place for source in self.sources}) < len(self.sources):
            raise ValueError("two of the sources are the same; give it once, with more rows")
        return self

    @model_serializer(mode="wrap")
    def _without_what_says_nothing(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out keys that older configurations do not have, so that those stay the same."""
        written: dict[str, Any] = write(self)
        return {key: value for key, value in written.items() if value or key not in ADDED}

    def all_sources(self) -> list[SourceConfig]:
        """Return the sources to train on; one path is one source."""
        if self.path is None:
            return self.sources
        given = {key: getattr(self, key) for key in ("path", *OF_ONE_SOURCE)}
        return [SourceConfig(**given)]

    def eval_source(self) -> SourceConfig | None:
        """Return the source to evaluate on; none where pairs are held out, or nothing is."""
        path = self.eval_path or self.path
        if path is None or not (self.eval_path or self.eval_split):
            return None
        revision = self.revision if path == self.path else None
        split = self.eval_split or self.split
        return SourceConfig(
            path=path, name=self.name, data_dir=self.data_dir, revision=revision, split=split
        )

    def title(self) -> str:
        """Return what people call the data: its path, or those of its sources."""
        return self.path or " + ".join(source.title() for source in self.sources)

    def anchored(self, folder: Path) -> "PreferencesConfig":
        """Return the same with relative paths that exist made absolute."""
        paths = {
            "path": anchored_path(self.path, folder),
            "sources": [
                source.model_copy(update={"path": anchored_path(source.path, folder)})
                for source in self.sources
            ],
            "eval_path": anchored_path(self.eval_path, folder),
        }
        return self.model_copy(update=paths)
