"""Which commands look at preference data before training is paid for?"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audit.commands.options import AS_JSON, FILE
from audit.commands.saying import say

if TYPE_CHECKING:
    from audit.jobs.inspecting import Inspection
    from audit.records import Probe
    from audit.run.pair_findings import PairFindings

MAX_LENGTH = 1024
"""What training keeps unless its configuration says otherwise."""


@click.group()
def preferences() -> None:
    """Look at preference data before paying for training."""


@preferences.command("inspect")
@click.argument("dataset")
@click.option("--name", help="The hub data set's configuration.")
@click.option("--data-dir", help="The hub data set's folder, as harmless-base.")
@click.option("--revision", help="The hub data set's branch, tag or commit.")
@click.option("--split", default="train", show_default=True, help="The hub data set's split.")
@click.option("--probes", "sets", multiple=True, metavar="SET", help="Look for these probe sets.")
@click.option("--model", help="Count tokens as this model's folder or hub id does.")
@click.option(
    "--max-length",
    type=click.IntRange(min=16),
    help=f"Tokens that training keeps; {MAX_LENGTH} otherwise.",
)
@click.option("--html", type=FILE, help="Write the findings as a page.")
@AS_JSON
def inspect_preferences(
    dataset: str,
    name: str | None,
    data_dir: str | None,
    revision: str | None,
    split: str,
    sets: tuple[str, ...],
    model: str | None,
    max_length: int | None,
    html: Path | None,
    as_json: bool,  # noqa: FBT001 - a flag
) -> None:
    """Say what preference data will teach, which of its rows cannot be used and why.

    DATASET is `demo`, the name of a known set, a file, a hub id, or a configuration (YAML) whose
    preferences, seed and max_length are taken. Without --probes the builtin sets are looked for; a
    set is a name, or name=FILE.
    """
    from audit import __version__
    from audit.commands.terminal import Terminal
    from audit.files.lines import write_atomically
    from audit.jobs.inspecting import inspect
    from reports.page.preferences import preferences_page
    from reports.words.preferences import told_lines

    source = {"name": name, "data_dir": data_dir, "revision": revision, "split": split}
    inspection = _inspection(dataset, source, _sought(sets), model, max_length)
    with Terminal() as terminal:
        findings = inspect(inspection, terminal.tell)
    if html:
        write_atomically(html, preferences_page(findings, __version__))
    if as_json:
        click.echo(json.dumps(_as_json(findings)))
        return
    for line in told_lines(findings):
        say(line)
    if html:
        say(str(html))


def _sought(sets: tuple[str, ...]) -> "list[Probe]":
    """Read the probe sets that are looked for."""
    from audit.settings.probe_sets import ProbesConfig
    from audit.settings.section import section_of
    from probes.sets.library import BUILTIN, load_set

    named = [one.partition("=") for one in sets or BUILTIN]
    sought = [
        section_of(ProbesConfig, "--probes", set=name, path=path or None) for name, _, path in named
    ]
    return [probe for one in sought for probe in load_set(one)]


def _inspection(
    dataset: str,
    source: dict[str, str | None],
    probes: "list[Probe]",
    model: str | None,
    max_length: int | None,
) -> "Inspection":
    """Return what is looked at: the data of a configuration, or a source by itself."""
    from audit.jobs.inspecting import Inspection
    from audit.settings.model import ModelConfig
    from audit.settings.preferences import PreferencesConfig
    from audit.settings.section import section_of
    from audit.settings.yaml_file import load_training_config

    counting = section_of(ModelConfig, "--model", path=model) if model is not None else None
    dropping: dict[str, Any] = {"invalid_rows": "drop"}
    if dataset.endswith((".yaml", ".yml")):
        config = load_training_config(Path(dataset))
        stated = config.needed_preferences(dataset).model_copy(update=dropping)
        length = max_length or config.train.max_length
        unpaired = config.train.learns_from_thumbs
        seed = config.train.seed
        return Inspection(stated, probes, counting, length, seed, unpaired, thumbs=unpaired)
    given = section_of(PreferencesConfig, "DATASET", path=dataset, **source, **dropping)
    length = max_length or MAX_LENGTH
    return Inspection(given, probes, counting, length, seed=0, unpaired=True, thumbs=False)


def _as_json(findings: "PairFindings") -> dict[str, Any]:
    """Return the findings for machines; turns and lengths stand at the top, with the counts."""
    found = asdict(findings)
    del found["shape"]
    shape = findings.shape.model_dump()
    return {**shape, **found, "unusable_rows": len(findings.unusable)}
