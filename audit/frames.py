"""How do a run's files look as pandas frames?"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.files.lines import read_records
from audit.records import Probe, Response, Verdict
from audit.run.directory import RunDirectory

if TYPE_CHECKING:
    from pandas import DataFrame
    from pydantic import BaseModel

ENDS = ("before", "after")
FLIPS: dict[tuple[bool | None, ...], str] = {
    (False, True): "to_refusal",
    (True, False): "to_compliance",
}
"""What a probe's flip is called, by whether it was refused before and after."""


def of_records(record: "type[BaseModel]", rows: "Iterable[BaseModel]") -> "DataFrame":
    """Return records as a frame, with all of the record's columns even where there is no row."""
    import pandas as pd

    return pd.DataFrame([row.model_dump() for row in rows], columns=list(record.model_fields))


def of_probes(run: RunDirectory) -> "DataFrame":
    """Return the probes, one row each; `question` is the turn that is answered."""
    probes = [probe for _, probe in read_records(run.probes, Probe)]
    frame = of_records(Probe, probes)
    frame["question"] = [probe.question() for probe in probes]
    return frame


def of_arms(
    arms: Sequence[str], record: "type[BaseModel]", file: Callable[[str], Path]
) -> "DataFrame":
    """Read one file of each arm into one frame, with the arm's name as its first column."""
    import pandas as pd

    frames = []
    for arm in arms:
        frame = of_records(record, [row for _, row in read_records(file(arm), record)])
        frame.insert(0, "arm", arm)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def of_answers(run: RunDirectory, judge: str) -> "DataFrame":
    """Return the answers before and after side by side, one row for each probe and sample."""
    import pandas as pd

    from reports.axes import is_refused

    texts = [_by_probe(read_records(run.responses(arm), Response)) for arm in ENDS]
    labels = [_by_probe(read_records(run.verdicts(arm, judge), Verdict)) for arm in ENDS]
    rows: list[dict[str, Any]] = []
    for _, probe in read_records(run.probes, Probe):
        refused = tuple(is_refused(list(of.get(probe.id, {}).values())) for of in labels)
        asked = {"probe_id": probe.id, "kind": probe.kind, "category": probe.category}
        for sample in sorted(set().union(*(of.get(probe.id, {}) for of in texts))):
            row = {**asked, "question": probe.question(), "sample": sample}
            for arm, said, judged in zip(ENDS, texts, labels, strict=True):
                row[f"{arm}_text"] = getattr(said.get(probe.id, {}).get(sample), "text", None)
                row[f"{arm}_label"] = getattr(judged.get(probe.id, {}).get(sample), "label", None)
            rows.append({**row, "flip": FLIPS.get(refused)})
    return pd.DataFrame(rows)


def of_rates(run: RunDirectory) -> "DataFrame":
    """Return the axes of every arm, one row each, as the comparison has written them."""
    import pandas as pd

    from reports.results.arms import read_arms

    return pd.DataFrame(
        [
            {"arm": row.arm, "step": row.step, "axis": axis, **asdict(rate)}
            for row in read_arms(run).arms
            for axis, rate in row.axes.items()
        ]
    )


def _by_probe(rows: Iterable[tuple[int, Any]]) -> dict[str, dict[int, Any]]:
    """Return records by probe and sample."""
    by_probe: dict[str, dict[int, Any]] = {}
    for _, row in rows:
        by_probe.setdefault(row.probe_id, {})[row.sample] = row
    return by_probe
