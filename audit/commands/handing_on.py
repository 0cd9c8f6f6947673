"""Which commands hand trained weights on: as a folder, and to a hub with the audit's result?"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from audit.commands.endings import goes_on_with
from audit.commands.options import AS_JSON, RUN
from audit.commands.saying import say

if TYPE_CHECKING:
    from audit.jobs.exporting import Exported

MERGE = click.option("--merge", is_flag=True, help="The whole weights, with the adapter in them.")


@click.command()
@RUN
@MERGE
@AS_JSON
def export(run: Path, merge: bool, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Write a compared run's adapter or merged weights, with tokenizer and card, as a folder."""
    from audit.commands.terminal import Terminal
    from audit.jobs.exporting import audited
    from audit.jobs.exporting import export as export_run
    from audit.run.directory import RunDirectory

    opened = RunDirectory(run)
    goes_on_with(*sys.argv[1:])
    with Terminal() as terminal, opened.locked("run", wait_seconds=0):
        name = run.resolve().name
        written = export_run(audited(opened), name, terminal.tell, merge=merge, forced=False)
    _say(written, None, as_json=as_json)


@click.command()
@RUN
@click.argument("repository")
@MERGE
@click.option("--inconclusive", is_flag=True, help="Push what is inconclusive, and say so there.")
@click.option("--force", is_flag=True, help="Push whatever the verdict is, and say so there.")
@AS_JSON
def push(
    run: Path,
    repository: str,
    merge: bool,  # noqa: FBT001 - a flag
    inconclusive: bool,  # noqa: FBT001 - a flag
    force: bool,  # noqa: FBT001 - a flag
    as_json: bool,  # noqa: FBT001 - a flag
) -> None:
    """Push what `audit export` writes to REPOSITORY on the hub, if the verdict is pass.

    The token is taken from HF_TOKEN, and the card states the verdict.
    """
    from audit.commands.terminal import Terminal
    from audit.jobs.pushing import Permission
    from audit.jobs.pushing import push as push_run
    from audit.run.directory import RunDirectory

    opened = RunDirectory(run)
    goes_on_with(*sys.argv[1:])
    with Terminal() as terminal, opened.locked("run", wait_seconds=0):
        permission = Permission(inconclusive, force)
        pushed = push_run(opened, repository, terminal.tell, permission, merge=merge)
    _say(pushed.exported, pushed.address, as_json=as_json)


def _say(written: "Exported", address: str | None, *, as_json: bool) -> None:
    if as_json:
        told = {"folder": str(written.folder), "sha256": written.digests, "address": address}
        click.echo(json.dumps(told))
        return
    say(f"wrote {written.folder}")
    for what, digest in written.digests.items():
        say(f"  {what}: sha256 {digest}")
    if address:
        say(f"pushed: {address}")


HANDING_ON_COMMANDS: tuple[click.Command, ...] = (export, push)
