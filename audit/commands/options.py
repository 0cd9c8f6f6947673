"""Which arguments and options do several commands share?"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from audit.settings.probe_sets import ProbesConfig


class Place(click.Path):
    """A file or a folder, there or yet to be made, to which links lead in no circle."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path; one that no file system could follow is a wrong use of the command."""
        try:
            Path(value).resolve()
        except (RuntimeError, ValueError) as error:  # a circle of links, or a NUL in a name
            self.fail(f"{value!r} cannot be followed ({type(error).__name__}: {error})")
        return super().convert(value, param, ctx)


FOLDER = Place(path_type=Path, file_okay=False)
FILE = Place(path_type=Path, dir_okay=False)
RUN = click.argument("run", type=FOLDER)
JUDGE = click.option("--judge", metavar="NAME", help="Whose verdicts; the run's judge otherwise.")
JUDGES = click.option("--judges", "judges_file", type=FILE, help="A YAML file of further judges.")
TRUST = click.option(
    "--trust-endpoints",
    is_flag=True,
    help="Ask servers that only the run's configuration names, with the keys that it names.",
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON value on stdout.")


def probe_set_named(named: str) -> "ProbesConfig":
    """Return a probe set by its name, or one of the user's own by its file."""
    from audit.run.naming import file_name
    from audit.settings.probe_sets import ProbesConfig
    from audit.settings.section import section_of

    file = Path(named)
    if not file.is_file():
        return section_of(ProbesConfig, "--probes", set=named)
    return section_of(ProbesConfig, "--probes", set=file_name(file.stem), path=str(file.resolve()))
