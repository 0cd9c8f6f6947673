"""How well does an arm follow the instructions of IFEval, as its authors count it?"""

from audit.answer_checks import IfevalCheck
from audit.files.lines import read_records
from audit.records import Probe, Response
from audit.run.directory import RunDirectory
from reports.checks.ifeval import score, summarise


def instruction_following(
    run: RunDirectory, arm: str, probes: list[Probe]
) -> dict[str, float] | None:
    """Return the four accuracies of IFEval on the arm's responses; None where none was asked."""
    checks = {
        probe.id: (probe.check, probe.question())
        for probe in probes
        if isinstance(probe.check, IfevalCheck)
    }
    results = [
        score(check.instructions, check.arguments, prompt, response.text)
        for _, response in read_records(run.responses(arm), Response)
        if response.probe_id in checks
        for check, prompt in [checks[response.probe_id]]
    ]
    return summarise(results) if results else None
