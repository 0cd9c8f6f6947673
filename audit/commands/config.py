"""What may a configuration say, for editors that complete and check it?"""

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from audit.settings.section import Section

FILES = ("run", "gate", "judges", "served")


@click.group()
def config() -> None:
    """Tell what may stand in the files that you write."""


@config.command("schema")
@click.option("--of", "file", type=click.Choice(FILES), default="run", help="Which file.")
def schema(file: str) -> None:
    """Print the JSON Schema of a configuration, which editors complete and check YAML with.

    Write it to a file, and name that at the top of a configuration as
    `# yaml-language-server: $schema=FILE`.
    """
    from audit.settings.gate import Gate
    from audit.settings.judges import JudgesFile
    from audit.settings.run_config import RunConfig
    from audit.settings.served import ServedConfig

    files: tuple[type[Section], ...] = (RunConfig, Gate, JudgesFile, ServedConfig)
    records = dict(zip(FILES, files, strict=True))
    described = records[file].model_json_schema()
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    click.echo(json.dumps({**dialect, **described}, indent=2))


CONFIG_COMMANDS = (config,)
