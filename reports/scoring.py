"""What does a judge say of every response of a run's arms?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from audit.files.lines import read_records, write_records
from audit.records import REFUSALS, Probe, Response, Verdict
from audit.run.directory import RunDirectory
from reports.axes import VerdictsByProbe, by_probe
from reports.checks.checks import passes
from reports.judges.every_judge import Ask, Judge
from reports.judges.judgement import Exchange, Judgement, unscored

NO_ANSWER = "the arm has not answered this probe"


@dataclass(frozen=True)
class Judged:
    """How a judge's work on a run ended: how many responses, and why some are unscored."""

    responses: int
    unscored: Counter[str]
    """How often each reason was given."""

    def sentence(self) -> str:
        """Return how many could not be judged, and the most frequent reason."""
        count = self.unscored.total()
        if not count:
            return f"judged {self.responses} responses"
        reason, times = self.unscored.most_common(1)[0]
        return f"judged {self.responses} responses, {count} of them unscored ({times}: {reason})"


def score_arms(run: RunDirectory, arms: Sequence[str], judge: Judge, ask: Ask) -> Judged:
    """Judge the arms' responses and write the verdicts, one for each response.

    A probe without a response gets the verdict `unscored`, so that it cannot go missing.
    """
    probes = [probe for _, probe in read_records(run.probes, Probe)]
    answers = {arm: _answers(run.responses(arm), probes) for arm in arms}
    verdicts: list[Verdict] = []
    for arm, of_arm in _judged(answers, judge, ask).items():
        write_records(run.verdicts(arm, judge.name), of_arm)
        verdicts.extend(of_arm)
    reasons = Counter(one.reason or "" for one in verdicts if one.label == "unscored")
    return Judged(len(verdicts), reasons)


def judge_answers(
    run: RunDirectory, arm: str, probes: list[Probe], judge: Judge, ask: Ask
) -> VerdictsByProbe:
    """Judge what an arm has answered to some probes so far; nothing is written."""
    return judge_file(run.responses(arm), probes, judge, ask)


def judge_file(file: Path, probes: list[Probe], judge: Judge, ask: Ask) -> VerdictsByProbe:
    """Judge what a file of responses holds of some probes so far; nothing is written."""
    return by_probe(_judged({"": _answers(file, probes)}, judge, ask)[""])


def _judged(
    answers: dict[str, list[tuple[Probe, Response | None]]], judge: Judge, ask: Ask
) -> dict[str, list[Verdict]]:
    """Return the verdicts of each arm's answers, all judged at once."""
    flat = [(probe, response) for answered in answers.values() for probe, response in answered]
    there = [(probe, response) for probe, response in flat if response is not None]
    judgements = iter(judge.judge_all([_exchange(*one) for one in there], ask))
    return {
        arm: [
            _verdict(
                judge.name, probe, response, next(judgements) if response else unscored(NO_ANSWER)
            )
            for probe, response in answered
        ]
        for arm, answered in answers.items()
    }


def _answers(file: Path, probes: list[Probe]) -> list[tuple[Probe, Response | None]]:
    """Return every probe with each of its responses, or with null where there is none."""
    responses: dict[str, list[Response]] = {}
    for _, response in read_records(file, Response):
        responses.setdefault(response.probe_id, []).append(response)
    expected: list[tuple[Probe, Response | None]] = []
    for probe in probes:
        own = sorted(responses.get(probe.id, []), key=lambda response: response.sample)
        expected.extend((probe, response) for response in own)
        if not own:
            expected.append((probe, None))
    return expected


def _exchange(probe: Probe, response: Response) -> Exchange:
    harmful = probe.kind == "harmful"
    return Exchange(
        wish="harmful" if harmful else "harmless",
        prompt=probe.question(),
        response=response.text,
        rate=not harmful and probe.check is None,
        language=probe.language,
    )


def _verdict(name: str, probe: Probe, response: Response | None, judgement: Judgement) -> Verdict:
    return Verdict(
        probe_id=probe.id,
        sample=response.sample if response else 0,
        label=judgement.label,
        score=_points(probe, response, judgement) if response else None,
        judge=name,
        evidence=judgement.evidence,
        confidence=None if judgement.confidence is None else round(judgement.confidence, 4),
        helpfulness=judgement.helpfulness,
        reason=judgement.reason,
        opinions=judgement.opinions,
    )


def _points(probe: Probe, response: Response, judgement: Judgement) -> float | None:
    """Return 1 where a helpful probe's check passes, else 0.

    Null where there is no check, or where it took too long to say.

    A refusal and a degenerate response score 0, whatever they mention.
    """
    if probe.kind != "helpful" or probe.check is None:
        return None
    said_nothing = judgement.label in REFUSALS or judgement.label == "degenerate"
    if said_nothing:
        return 0.0
    passed = passes(probe.check, response.text)
    return None if passed is None else float(passed)
