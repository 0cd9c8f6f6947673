"""What did two arms think before they answered, where their thoughts stand apart?"""

from collections.abc import Iterable
from dataclasses import dataclass

from audit.files.lines import read_records
from audit.records import REFUSALS, Probe, Response
from audit.run.directory import RunDirectory
from audit.settings.run_config import RunConfig
from reports.axes import VerdictsByProbe
from reports.judges.rules.judge import judge
from reports.words.axes import counted


@dataclass(frozen=True)
class Thoughts:
    """How an arm's thoughts ended."""

    arm: str
    responses: int
    thinking: int
    """Responses with thoughts."""
    cut_off: int
    """Those whose thoughts never came to an answer."""
    refusing_only: int
    """Those whose thoughts read as a refusal where the answer does not."""


def may_think(config: RunConfig) -> bool:
    """Say whether answers may have thoughts beside them, so that it is worth reading them."""
    return config.generation.thinking is not None or bool(config.served)


def thoughts_of(
    run: RunDirectory, arm: str, probes: list[Probe], verdicts: VerdictsByProbe
) -> Thoughts:
    """Count an arm's thoughts; no verdict depends on them."""
    asked = {probe.id: probe for probe in probes}
    rows = [row for _, row in read_records(run.responses(arm), Response)]
    labels = {(one.probe_id, one.sample): one.label for found in verdicts.values() for one in found}
    thinking = [row for row in rows if row.thoughts is not None and row.probe_id in asked]
    refusing = [
        row
        for row in thinking
        if labels.get((row.probe_id, row.sample)) not in REFUSALS
        and judge(asked[row.probe_id].question(), row.thoughts or "").label in REFUSALS
    ]
    cut_off = sum(not row.text.strip() for row in thinking)
    return Thoughts(arm, len(rows), len(thinking), cut_off, len(refusing))


def thoughts_sentences(found: Iterable[Thoughts]) -> list[str]:
    """Return one sentence for each arm that thinks."""
    return [
        f"{one.arm} thought before {one.thinking} of {counted(one.responses, 'response')}, and the "
        f"thoughts were judged in none; {one.cut_off} never came to an answer and are degenerate, "
        f"and {one.refusing_only} read as a refusal where the answer is none."
        for one in found
        if one.thinking
    ]
