"""Where does a probe set come from, how does a row become a probe, and which are asked?"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from audit.files.data_row import Identifier, Text
from audit.records import Kind
from audit.settings.section import Count, PathText, Section, Seed

Columns = Annotated[list[Text], Field(min_length=1)]
"""Names of one column, of which a row has at least one; the first it has is read."""


class KindColumn(Section):
    """A column that tells each row's kind; `skip` leaves rows out, and "" is a missing value."""

    column: Columns
    """The column that says it."""
    values: Annotated[dict[str, Kind | Literal["skip"]], Field(min_length=1)]
    """Which value of the column stands for which kind."""


class Layout(Section):
    """How a row of a table becomes a probe."""

    id: Columns | None = None
    """Where the row's id stands; left out, the row's number is its id."""
    prompt: Columns
    """Where the prompt stands: a string, a list of turns of which the first is asked, or a list of
    role and content."""
    context: Columns | None = None
    """Where a text stands that is put before the prompt, unless it is empty."""
    system: Columns | None = None
    """Where a system prompt stands."""
    kind: Kind | KindColumn
    """The kind of all rows, or the column that tells it."""
    category: Columns | None = None
    """Where the category stands; left out, the set's name is the category."""
    where: dict[str, Annotated[list[Text], Field(min_length=1)]] = Field(default={})
    """Only rows whose column has one of the values are probes."""
    twin: Columns | None = None
    """Where the id of the row's twin in the same table stands."""
    twins: dict[str, str] = Field(default={})
    """The n-th row of a category is the twin of the n-th row of the other category."""
    twin_set: Identifier | None = None
    """The row with the same id in that other set is the twin."""
    check: Literal["ifeval"] | None = None
    """Whether the row's instruction_id_list and kwargs are its check."""


class HubSource(Section):
    """A data set on the Hugging Face hub."""

    hub: Text
    """The data set's id on the hub, as in org/name."""
    config: Text | None = None
    """The data set's configuration, where it has several."""
    data_dir: Text | None = None
    """The folder of the repository that holds the files."""
    data_files: Text | None = None
    """One file of the repository, where its own loading script would have to be run."""
    split: Text = "train"
    """The split whose rows are read."""
    revision: Text | None = None
    """The branch, tag or commit; name a commit, so that the probes stay the same."""


class ProbesConfig(Section):
    """One probe set to ask."""

    set: Identifier
    """A builtin set, a published set (`audit probes list`), or a name for your own."""
    path: PathText | None = None
    """A JSONL, JSON, CSV or Parquet file to read the set from."""
    source: HubSource | None = None
    """A hub data set to read a set of your own from."""
    layout: Layout | None = None
    """How the rows of your own set become probes; left out, they have a probe's own fields."""
    kinds: Annotated[list[Kind], Field(min_length=1)] | None = None
    """Only probes of these kinds are asked."""
    categories: Annotated[list[Text], Field(min_length=1)] | None = None
    """Only probes of these categories are asked."""
    limit: Count | None = None
    """At most so many, drawn with `seed` evenly over categories, a probe with its twin."""
    seed: Seed = 0
    """Which probes `limit` draws; the same seed draws the same ones."""

    @model_validator(mode="after")
    def _one_source(self) -> "ProbesConfig":
        if self.source and self.path:
            raise ValueError("give path or source, not both")
        if self.source and not self.layout:
            raise ValueError("a source needs a layout, which says how its rows become probes")
        return self
