"""What happens when people label a run? Batches are drawn, sheets come back, both are counted."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.errors import InputError, Problem
from audit.files.borders import visible
from audit.files.lines import torn_lines
from audit.run.arm import AFTER, BEFORE
from audit.run.directory import RunDirectory
from audit.run.seals import refuse_changed_files, refuse_stale_verdicts
from audit.settings.yaml_file import load_run_config
from probes.sets.library import read_probes

if TYPE_CHECKING:
    from audit.axis import AxisName
    from audit.records import HumanLabel
    from reports.axes import VerdictsByProbe
    from reports.people.corrected import Correction
    from reports.people.passed_over import PassedOver
    from reports.people.sample import SampledRow
    from reports.people.summary import Annotation

ID_LETTERS = "bcdfghjkmnpqrstvwxz"
"""No vowels, so that no item's name is a word, and nothing that looks like a digit."""
ID_LENGTH = 8
LONGEST = 80
"""A batch's name becomes a folder's."""


@dataclass(frozen=True)
class Wish:
    """What to draw. Judge and batch are chosen where they are null; `again` names a batch."""

    n: int
    seed: int
    judge: str | None
    arms: Sequence[str]
    batch: str | None
    again: str | None


@dataclass(frozen=True)
class Batch:
    """What was drawn: its folder, its items by stratum, and how many responses were left over.

    `left` is null where an earlier batch was taken again.
    """

    name: str
    folder: Path
    items: int
    strata: dict[str, int]
    left: int | None


@dataclass(frozen=True)
class BatchLabels:
    """How many items a batch has, and how many of them each person has labelled."""

    items: int
    labelled_by: dict[str, int]


@dataclass(frozen=True)
class Labelling:
    """What is labelled of each batch, and what the labels show beside a judge.

    `passed_over` counts drawn answers that nobody labelled, and `worst_case` is the correction of
    each axis if all of them spoke against after. `set_aside` is the file that keeps a label which
    a kill tore, null where there is none.
    """

    judge: str
    batches: dict[str, BatchLabels]
    annotation: "Annotation | None"
    passed_over: "list[PassedOver]"
    worst_case: "dict[AxisName, Correction]"
    set_aside: str | None


def draw_batch(run: RunDirectory, wish: Wish) -> Batch:
    """Draw a batch of responses to label, and write its key and its sheets.

    Raises:
        InputError: the run is not scored or was changed, the batch exists, or nothing is left to
            draw.
    """
    import numpy as np

    from reports.page.sheet import write_batch
    from reports.people.labels import batch_names, read_key

    refuse_changed_files(run)
    names = batch_names(run)
    name = wish.batch or _free_name(names)
    _refuse_name(run, name, names)
    rng = np.random.default_rng([wish.seed, len(names)])
    key, left = (read_key(run, wish.again), None) if wish.again else _drawn(run, wish, name, rng)
    folder = write_batch(run, name, key, rng.permutation(len(key)).tolist())
    strata = dict(sorted(Counter(row.stratum for row in key).items()))
    return Batch(name, folder, len(key), strata, left)


def import_sheet(run: RunDirectory, sheet: Path, annotator: str) -> Any:
    """Add a filled sheet's labels to the run.

    Raises:
        InputError: the sheet names unknown items or labels, or contradicts itself.
    """
    from reports.people.labels import import_labels

    now = datetime.now(UTC).isoformat(timespec="seconds")
    if not annotator.strip():
        raise InputError(Problem("--annotator", "is empty", "say who labelled"))
    return import_labels(run, sheet, visible(" ".join(annotator.split()), 200), now)


def status(run: RunDirectory, judge: str | None) -> Labelling:
    """Return each batch with what is labelled of it, agreement, and the judge's error by arm."""
    from reports.people.labelled_rows import read_labelled
    from reports.people.labels import batch_names, read_key, read_labels
    from reports.people.passed_over import passed_over
    from reports.people.summary import annotation_of
    from reports.verdicts import read_verdicts

    labels = read_labels(run)
    keys = {name: read_key(run, name) for name in batch_names(run)}
    batches = {}
    for name, rows in keys.items():
        places = {row.place for row in rows}
        inside = [label for label in labels if label.place in places]
        people = Counter(label.annotator for label in inside)
        batches[name] = BatchLabels(len(places), dict(sorted(people.items())))
    chosen = judge or chosen_judge(run)
    arms = sorted(
        {label.arm for label in labels}, key=lambda arm: (arm != "before", arm != "after", arm)
    )
    scored = [arm for arm in arms if judge or run.verdicts(arm, chosen).exists()]
    verdicts = {arm: read_verdicts(run, arm, chosen) for arm in scored}
    confidence = load_run_config(run.config).gate.confidence
    annotation = annotation_of(read_labelled(run, read_probes(run.probes)), verdicts, confidence)
    torn = torn_lines(run.human_labels)
    return Labelling(
        chosen,
        batches,
        annotation,
        passed_over(keys, labels),
        _worst_case(run, keys, labels, verdicts),
        str(torn) if torn.exists() else None,
    )


def _worst_case(
    run: RunDirectory,
    keys: "dict[str, list[SampledRow]]",
    labels: "list[HumanLabel]",
    verdicts: "dict[str, VerdictsByProbe]",
) -> "dict[AxisName, Correction]":
    """Correct each axis as if every answer that was passed over spoke against after."""
    from reports.people.correction import corrected_axes
    from reports.people.labelled_rows import weigh
    from reports.people.passed_over import worst_labels

    probes = read_probes(run.probes)
    unfavourable = worst_labels(keys, labels, probes)
    if not unfavourable or not {BEFORE, AFTER} <= verdicts.keys():
        return {}
    ends = {arm: verdicts[arm] for arm in (BEFORE, AFTER)}
    labelled = weigh(run, probes, [*labels, *unfavourable])
    return corrected_axes(probes, ends, labelled, load_run_config(run.config).gate)


def chosen_judge(run: RunDirectory) -> str:
    """Return the judge of the run's comparison; `rules` where it has not been compared."""
    if not run.comparison.exists():
        return "rules"
    from reports.results.comparison import read_comparison

    return read_comparison(run).judge.name


def _drawn(run: RunDirectory, wish: Wish, name: str, rng: Any) -> tuple[list[Any], int | None]:
    """Draw from what no earlier batch has taken; return the key and how many responses are left."""
    from reports.people.labels import read_keys
    from reports.people.sample import SampledRow, candidates_of, draw

    keys = read_keys(run)
    taken = {row.place for row in keys.values()}
    judge = wish.judge or chosen_judge(run)
    refuse_stale_verdicts(run, judge, list(wish.arms))
    everything = candidates_of(run, wish.arms, judge, read_probes(run.probes))
    there = [candidate for candidate in everything if candidate.place not in taken]
    if not there:
        what = f"all {len(everything)} responses of {', '.join(wish.arms)} were drawn already"
        fix = "draw the same items for a second person with --again BATCH"
        raise InputError(Problem(str(run.root), what, fix))
    drawn = draw(there, wish.n, rng)
    number = max((row.draw for row in keys.values()), default=0) + 1
    ids = _new_ids(len(drawn), set(keys), rng)
    key = [
        SampledRow(
            item=item,
            batch=name,
            draw=number,
            arm=candidate.arm,
            probe_id=candidate.probe_id,
            sample=candidate.sample,
            stratum=candidate.stratum,
            probability=probability,
            response_sha256=candidate.response_sha256,
        )
        for item, (candidate, probability) in zip(ids, drawn, strict=True)
    ]
    return key, len(there) - len(drawn)


def _new_ids(count: int, used: set[str], rng: Any) -> list[str]:
    """Return ids that tell nothing; letters alone, which no spreadsheet takes for a number."""
    identifiers: list[str] = []
    while len(identifiers) < count:
        made = "".join(rng.choice(list(ID_LETTERS), ID_LENGTH))
        if made not in used:
            used.add(made)
            identifiers.append(made)
    return identifiers


def _free_name(names: Sequence[str]) -> str:
    number = len(names) + 1
    while f"batch-{number}" in names:
        number += 1
    return f"batch-{number}"


def _refuse_name(run: RunDirectory, name: str, names: Sequence[str]) -> None:
    letters = name.replace("-", "").replace("_", "")
    if not (letters.isalnum() and name.isascii() and name[0].isalnum() and len(name) <= LONGEST):
        what = f'"{visible(name)}" is no name for a batch'
        raise InputError(Problem("--batch", what, "use letters, digits, - and _"))
    if name in names or run.batch(name).exists():
        fix = "name another with --batch"
        raise InputError(Problem(str(run.batch(name)), "exists already", fix))
