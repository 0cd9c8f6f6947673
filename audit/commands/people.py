"""How do people say what the answers are? The command that draws sheets and reads them back."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from audit.commands.options import FILE, FOLDER
from audit.commands.saying import say
from audit.errors import InputError, Problem

if TYPE_CHECKING:
    from audit.jobs.annotating import Batch, Labelling


SEED = "The same seed draws the same answers from the same run."


@click.command()
@click.argument("run", type=FOLDER)
@click.option("--n", type=click.IntRange(min=1), default=200, show_default=True, help="How many.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help=SEED)
@click.option("--judge", help="Whose doubts guide the drawing; the comparison's otherwise.")
@click.option(
    "--arm",
    "arms",
    multiple=True,
    default=("before", "after"),
    show_default=True,
    help="Whose answers; may be given several times.",
)
@click.option("--batch", help="The batch's name; batch-1 and so on otherwise.")
@click.option("--again", metavar="BATCH", help="The items of this batch, for a second person.")
@click.option("--import", "sheet", type=FILE, help="Read a filled sheet (CSV or JSONL).")
@click.option("--annotator", metavar="NAME", help="Who filled the sheet.")
@click.option("--status", "show", is_flag=True, help="Say what people's labels show so far.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value on stdout.")
def annotate(
    run: Path,
    n: int,
    seed: int,
    judge: str | None,
    arms: tuple[str, ...],
    batch: str | None,
    again: str | None,
    sheet: Path | None,
    annotator: str | None,
    show: bool,  # noqa: FBT001 - a flag
    as_json: bool,  # noqa: FBT001 - a flag
) -> None:
    """Draw answers for people to label, blind, and read their sheets back; `compare` follows."""
    from audit.jobs import annotating
    from audit.run.directory import RunDirectory

    _refuse_mixture(sheet, annotator, again, show=show)
    opened = RunDirectory(run)
    opened.read_manifest()
    with opened.locked("run", wait_seconds=0):
        if show:
            _say_status(annotating.status(opened, judge), as_json=as_json)
        elif sheet and annotator is not None:
            imported = annotating.import_sheet(opened, sheet, annotator)
            labelling = annotating.status(opened, judge)
            _say_import(asdict(imported), labelling, as_json=as_json)
        else:
            wish = annotating.Wish(n, seed, judge, tuple(dict.fromkeys(arms)), batch, again)
            _say_batch(annotating.draw_batch(opened, wish), as_json=as_json)


def _refuse_mixture(
    sheet: Path | None, annotator: str | None, again: str | None, *, show: bool
) -> None:
    if (sheet is None) != (annotator is None):
        fix = "use --import FILE and --annotator NAME together"
        raise InputError(Problem("audit annotate", "who filled which sheet is not said", fix))
    if sum((sheet is not None, again is not None, show)) > 1:
        fix = "use one of --import, --again and --status"
        raise InputError(Problem("audit annotate", "the options do not go together", fix))


def _say_batch(batch: "Batch", *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({**asdict(batch), "folder": str(batch.folder)}))
        return
    left = "in another order" if batch.left is None else f"{batch.left} responses not drawn"
    say(f"{batch.folder}: {batch.items} items, {left}")
    say(f"label {batch.folder / 'sheet.html'} or {batch.folder / 'sheet.csv'}, then")
    say("audit annotate RUN --import FILE --annotator NAME")


def _say_import(imported: dict[str, int], labelling: "Labelling", *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({**imported, **asdict(labelling)}))
        return
    say(
        f"{imported['added']} labels added, {imported['known']} known already, "
        f"{imported['empty']} lines without a label"
    )
    _say_status(labelling, as_json=False)


def _say_status(labelling: "Labelling", *, as_json: bool) -> None:
    from reports.words.people import (
        agreement_sentences,
        error_sentence,
        passed_over_sentences,
        worst_case_sentences,
    )

    if as_json:
        click.echo(json.dumps(asdict(labelling)))
        return
    for name, row in labelling.batches.items():
        people = [f"{person} {count}" for person, count in row.labelled_by.items()]
        done = f"labelled by {', '.join(people)}" if people else "not labelled yet"
        say(f"{name}: {row.items} items, {done}")
    if labelling.set_aside:
        say(f"a label that was cut off in the middle is kept in {labelling.set_aside}")
    annotation = labelling.annotation
    if annotation is None:
        say("no labels yet")
        return
    errors = [error_sentence(arm, row) for arm, row in annotation.judge_error.items()]
    passed_over = passed_over_sentences(labelling.passed_over)
    worst = worst_case_sentences(labelling.worst_case)
    for sentence in [*agreement_sentences(annotation.agreement), *errors, *passed_over, *worst]:
        say(sentence)


PEOPLE_COMMANDS: tuple[click.Command, ...] = (annotate,)
