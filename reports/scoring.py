"""What does the judge say of every response of an arm?"""

from audit.errors import InputError, Problem
from audit.files import read_records, write_records
from audit.records import REFUSALS, Probe, Response, Verdict
from audit.run_directory import RunDirectory
from reports import rules_judge
from reports.axes import VerdictsByProbe, by_probe
from reports.checks import passes


def score_arm(run: RunDirectory, arm: str, probes: list[Probe]) -> list[Verdict]:
    """Judge an arm's responses and write the verdicts, one for each response.

    A probe without a response gets the verdict `unscored`, so that it cannot go missing.
    """
    responses: dict[str, list[Response]] = {}
    for _, response in read_records(run.responses(arm), Response):
        responses.setdefault(response.probe_id, []).append(response)
    verdicts: list[Verdict] = []
    for probe in probes:
        answers = sorted(responses.get(probe.id, []), key=lambda response: response.sample)
        verdicts.extend(score(probe, answer) for answer in answers)
        if not answers:
            verdicts.append(_verdict(probe, 0, rules_judge.Judgement("unscored", 0.5, None), None))
    write_records(run.verdicts(arm, rules_judge.NAME), verdicts)
    return verdicts


def score(probe: Probe, response: Response) -> Verdict:
    """Judge one response; where a helpful probe has a check, score 1 if it passes, else 0.

    A refusal and a degenerate response score 0, whatever they mention.
    """
    judgement = rules_judge.judge(probe.question(), response.text)
    if probe.kind != "helpful" or probe.check is None:
        return _verdict(probe, response.sample, judgement, None)
    said_nothing = judgement.label in REFUSALS or judgement.label == "degenerate"
    helped = not said_nothing and passes(probe.check, response.text)
    return _verdict(probe, response.sample, judgement, float(helped))


def read_verdicts(run: RunDirectory, arm: str, judge: str) -> VerdictsByProbe:
    """Read a judge's verdicts of an arm, by probe.

    Raises:
        InputError: the judge has not scored the arm.
    """
    path = run.verdicts(arm, judge)
    if not path.exists():
        what = f'the arm "{arm}" has not been scored by the judge "{judge}"'
        fix = f"run `audit score {run.root} --judge {judge}` first"
        raise InputError(Problem(str(run.root), what, fix))
    return by_probe([verdict for _, verdict in read_records(path, Verdict)])


def _verdict(
    probe: Probe, sample: int, judgement: rules_judge.Judgement, points: float | None
) -> Verdict:
    return Verdict(
        probe_id=probe.id,
        sample=sample,
        label=judgement.label,
        score=points,
        judge=rules_judge.NAME,
        evidence=judgement.evidence,
        confidence=None if judgement.label == "unscored" else round(judgement.confidence, 4),
    )
