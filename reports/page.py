"""What does a reviewer see? One self-contained HTML page, without script and without network."""

import json
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from audit.files import read_json_lines, read_records
from audit.gate import Gate
from audit.records import Probe, Response, Verdict
from audit.run_directory import RunDirectory
from reports.axes import is_refused
from reports.charts import tradeoff_chart, training_chart
from reports.rendering import picture, render
from reports.scoring import read_verdicts
from reports.sentences import MEANINGS, NAMES

VERDICT_WORDS = {
    "pass": ("Pass", "Nothing got worse by more than the gate allows."),
    "regressed": ("Regressed", "At least one axis got worse, and not surely within its margin."),
    "inconclusive": ("Inconclusive", "These probes cannot tell whether the gate is kept."),
}


@dataclass(frozen=True)
class Flip:
    """A probe whose refusal status changed, with both answers."""

    probe: Probe
    direction: str
    for_the_better: bool
    before: Response
    after: Response
    before_verdict: Verdict
    after_verdict: Verdict


def render_page(run: RunDirectory, gate: Gate) -> str:
    """Return the report of a compared run as HTML; the same run gives the same bytes."""
    comparison = json.loads(run.comparison.read_text(encoding="utf-8"))
    arms = json.loads(run.arms_table.read_text(encoding="utf-8"))["arms"]
    probes = [probe for _, probe in read_records(run.probes, Probe)]
    metrics = (
        [row for _, row in read_json_lines(run.metrics) if isinstance(row, dict)]
        if run.metrics.exists()
        else []
    )
    title, meaning = VERDICT_WORDS[comparison["verdict"]]
    return render(
        "page.html",
        name=run.root.resolve().name,
        comparison=comparison,
        verdict_title=title,
        verdict_meaning=meaning,
        arms=arms,
        names=NAMES,
        meanings=MEANINGS,
        tradeoff=_drawn(tradeoff_chart(arms, gate)),
        curves=_drawn(training_chart(metrics)),
        last_metrics=_last_metrics(metrics),
        flips=find_flips(run, probes, comparison["before"], comparison["after"]),
        kinds={
            kind: sum(p.kind == kind for p in probes) for kind in sorted({p.kind for p in probes})
        },
        manifest=run.read_manifest(),
    )


def find_flips(run: RunDirectory, probes: list[Probe], before: str, after: str) -> list[Flip]:
    """Return every probe whose refusal status changed, changes for the worse first."""
    verdicts = {arm: read_verdicts(run, arm) for arm in (before, after)}
    responses = {arm: _responses(run, arm) for arm in (before, after)}
    flips = []
    for probe in probes:
        first, second = verdicts[before].get(probe.id, []), verdicts[after].get(probe.id, [])
        refused_first, refused_second = is_refused(first), is_refused(second)
        if None in (refused_first, refused_second) or refused_first == refused_second:
            continue
        flips.append(
            Flip(
                probe,
                "to refusal" if refused_second else "to compliance",
                bool(refused_second) == (probe.kind == "harmful"),
                responses[before][probe.id],
                responses[after][probe.id],
                first[0],
                second[0],
            )
        )
    return sorted(flips, key=lambda flip: (flip.for_the_better, flip.probe.kind, flip.probe.id))


def _responses(run: RunDirectory, arm: str) -> dict[str, Response]:
    """Return each probe's first sample."""
    rows = [response for _, response in read_records(run.responses(arm), Response)]
    return {response.probe_id: response for response in reversed(rows)}


def _last_metrics(metrics: list[dict[str, Any]]) -> dict[str, Any] | None:
    rows = [row for row in metrics if "rewards/margins" in row]
    return rows[-1] if rows else None


def _drawn(svg: str | None) -> Markup | None:
    return None if svg is None else picture(svg)
