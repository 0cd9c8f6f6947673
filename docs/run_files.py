"""What does docs/run-directory.md say? Every file of a run and every field, from the records."""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import is_dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter

from audit.records import HumanLabel, Probe, Response, Verdict
from audit.run.directory import RunDirectory
from audit.run.judging_folder import JudgePrompt, JudgingFolder, Reply
from audit.run.looks import Look
from audit.run.manifest import Manifest
from audit.run.pair_findings import Outlook
from audit.run.tracked import TrackedResult, TrackerRuns
from audit.run.training_files import Contamination
from audit.run.training_path import PathPoint, TrainingPath
from audit.settings.words import type_words
from reports.people.sample import SampledRow
from reports.results.arms import ArmsTable
from reports.results.comparison import Comparison
from reports.results.pairwise import Preferred

Schema = dict[str, Any]

INSIDE_FOLDERS = {
    "train/checkpoint-STEP/": "What the trainer saved on the way; `complete.json` is written last, "
    "and a checkpoint without it is not used.",
    "train/reference/DIGEST.parquet": "The reference's log-probabilities of each pair, under a "
    "digest of what they depend on, so that a resume need not compute them.",
    "train/runs/": "TensorBoard's event files, where `train.report_to` names it.",
    "summary.md": "The verdict, its reasons and the axes as a table, for a pull request or a chat.",
    "junit.xml": "Each axis as a test case, for a continuous-integration server.",
    "annotation/NAME/sample.jsonl": "The key of a batch: which response each item is.",
    "annotation/NAME/sheet.csv": "The batch as a table to fill in.",
    "annotation/NAME/sheet.html": "The batch as a page to fill in.",
    "pairwise.JUDGE.jsonl": "The rows behind pairwise.JUDGE.json.",
    ".run.lock": "Held while a command works on the run.",
    ".stage.lock": "Held while a stage program works on the run.",
    ".manifest.lock": "Held while the manifest is changed.",
}
"""Files that no member of RunDirectory names, each with what it is."""

RECORDS: dict[str, type] = {
    "probes.jsonl": Probe,
    "looks.jsonl": Look,
    "manifest.json": Manifest,
    "comparison.json": Comparison,
    "arms.json": ArmsTable,
    "arms/ARM/responses.jsonl": Response,
    "arms/ARM/verdicts.JUDGE.jsonl": Verdict,
    "annotation/labels.jsonl": HumanLabel,
    "annotation/NAME/sample.jsonl": SampledRow,
    "judging/JUDGE-DIGEST/prompts.jsonl": JudgePrompt,
    "judging/JUDGE-DIGEST/replies.jsonl": Reply,
    "pairwise.JUDGE.json": Preferred,
    "train/contamination.json": Contamination,
    "train/path/points.jsonl": PathPoint,
    "train/path/probes.jsonl": Probe,
    "train/path/step-STEP.jsonl": Response,
    "train/prediction.json": Outlook,
    "train/trackers.json": TrackerRuns,
    "train/tracked.json": TrackedResult,
}
"""Which record a file holds, once or on every line."""

SHARED_WORDS = {
    "before": "The same of the arm `before`.",
    "after": "The same of the arm `after`.",
    "difference": "After minus before.",
    "estimate": "The best guess.",
    "rate": "The best guess, from 0 to 1.",
    "low": "The lower end of its interval.",
    "high": "The upper end of its interval.",
    "n": "How many probes or responses it is over.",
    "unscored": "Responses that could not be judged.",
    "p_value": "The chance of such a difference where there is none.",
    "method": "How interval and p-value are computed.",
    "margin": "The largest worsening that the gate allows; null where it names none.",
    "status": "What that makes of it; null where the gate names no margin.",
}
"""What a field is whose record has no word of its own for it."""

ABOUT = """\
Everything that a run reads and writes stands in one folder. Names in capitals stand for many. Files
that end in `.jsonl` hold one record a line; they are appended to and flushed, so that a kill loses
nothing. All others are replaced in one step. Files of one record also hold the
`version` of their layout, and one of another version is refused."""


def places() -> dict[str, str]:
    """Return every file and folder of a run with what it is, by its place in the run."""
    found = dict(_members(RunDirectory, Path()))
    found |= dict(_members(JudgingFolder, Path("judging/JUDGE-DIGEST")))
    found |= dict(_members(TrainingPath, Path("train/path")))
    return dict(sorted({**found, **INSIDE_FOLDERS}.items()))


def _members(owner: type, root: Path) -> Iterator[tuple[str, str]]:
    """Yield the paths that a record of files gives; a parameter stands as its name in capitals."""
    run = owner(root)
    for name, member in vars(owner).items():
        function = member.fget if isinstance(member, property) else member
        if name.startswith("_") or not inspect.isfunction(function):
            continue
        if inspect.get_annotations(function).get("return") is not Path:
            continue
        parameters = list(inspect.signature(function).parameters)[1:]
        value = getattr(run, name)
        path = value(*(each.upper() for each in parameters)) if parameters else value
        if path.is_absolute():  # where a manifest points to, and no file of the layout
            continue
        yield str(path), " ".join(inspect.cleandoc(function.__doc__ or "").split())


def document() -> str:
    """Return docs/run-directory.md without its first lines."""
    lines = [ABOUT, "## Files", _list(places())]
    described: set[str] = set()
    for place, record in RECORDS.items():
        lines += [f"## `{place}`", *_record_sections(record, described)]
    return "\n\n".join(lines) + "\n"


def _list(entries: dict[str, str]) -> str:
    return "\n".join(f"- `{place}`: {meaning}" for place, meaning in entries.items())


def _record_sections(record: type, described: set[str]) -> Iterator[str]:
    """Yield a record's text and table, and those of the records inside it, each once."""
    schema = TypeAdapter(record).json_schema()
    records = schema.pop("$defs", {})
    docs = {inner.__name__: _docs_of(inner) for inner in dataclasses_in(record)}
    for name, inner in {schema["title"]: schema, **records}.items():
        if name in described or not inner.get("properties"):
            continue
        if described and inner is not schema:
            yield f"### {name}"
        described.add(name)
        yield " ".join(inner.get("description", "").split())
        yield _table(inner, docs.get(name, {}))


def _table(schema: Schema, docs: dict[str, str]) -> str:
    rows = [
        f"| `{name}` | {_words(value)} | {_meaning(name, value, docs)} |"
        for name, value in schema["properties"].items()
    ]
    return "\n".join(["| field | what stands there | meaning |", "|---|---|---|", *rows])


def _words(value: Schema) -> str:
    nullable = any(choice.get("type") == "null" for choice in value.get("anyOf", ()))
    return type_words(value, named=True) + (" or null" if nullable else "")


def _meaning(name: str, value: Schema, docs: dict[str, str]) -> str:
    written = value.get("description") or docs.get(name) or SHARED_WORDS.get(name, "")
    return " ".join(written.split())


def dataclasses_in(record: Any) -> set[type]:
    """Return the dataclasses that a record is made of, itself among them."""
    found = {record} if is_dataclass(record) else set()
    parts = get_type_hints(record).values() if is_dataclass(record) else get_args(record)
    return found.union(*(dataclasses_in(part) for part in parts))


def _docs_of(record: type) -> dict[str, str]:
    """Return the texts under a dataclass's fields, which pydantic reads for its own models only."""
    (written,) = ast.parse(inspect.getsource(record)).body
    return {
        field.target.id: text.value.value
        for field, text in pairwise(written.body)
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr)
    }
