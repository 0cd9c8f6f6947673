"""Which arguments and options do several commands share?"""

from pathlib import Path

import click

FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)
RUN = click.argument("run", type=FOLDER)
JUDGE = click.option("--judge", metavar="NAME", help="Whose verdicts; the run's judge otherwise.")
JUDGES = click.option("--judges", "judges_file", type=FILE, help="A YAML file of further judges.")
TRUST = click.option(
    "--trust-endpoints",
    is_flag=True,
    help="Ask servers that only the run's configuration names, with the keys that it names.",
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON value on stdout.")
