"""What do preference pairs teach about refusing? The built-in judge reads both answers of each."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from audit.records import REFUSALS, Label, Message
from audit.run.judging_folder import JudgePrompt, Reply
from audit.run.pair_findings import LOOKS, SHOWN, Example, Look, Teaching
from reports.judges.asked import AskedJudge
from reports.judges.builtin import Builtin
from reports.judges.judgement import Exchange


@dataclass(frozen=True)
class ReadPair:
    """A pair as the judge is given it: how its prompt looks, and the language of its text.

    Of a thumb the other side is empty: it refuses nothing, so that a thumb teaches something about
    refusing where its own answer refuses.
    """

    where: str
    turns: tuple[Message, ...]
    chosen: str
    rejected: str
    look: Look
    language: str | None


@dataclass(frozen=True)
class JudgedPair:
    """A pair, and whether each answer refuses; null where the judge could not tell."""

    read: ReadPair
    chosen_refuses: bool | None
    rejected_refuses: bool | None

    @property
    def is_judged(self) -> bool:
        """Whether both answers could be judged."""
        return self.chosen_refuses is not None and self.rejected_refuses is not None

    @property
    def teaches_refusing(self) -> bool:
        """Whether a refusal is chosen over an answer."""
        return self.is_judged and bool(self.chosen_refuses) and not self.rejected_refuses

    @property
    def teaches_answering(self) -> bool:
        """Whether an answer is chosen over a refusal."""
        return self.is_judged and bool(self.rejected_refuses) and not self.chosen_refuses


def judge_pairs(pairs: Sequence[ReadPair]) -> list[JudgedPair]:
    """Judge both answers of every pair with the built-in judge, which needs no model."""
    exchanges = [
        Exchange("unknown", pair.turns[-1].content, answer, rate=False, language=pair.language)
        for pair in pairs
        for answer in (pair.chosen, pair.rejected)
    ]
    labels = [judgement.label for judgement in Builtin().judge_all(exchanges, _ask_nobody)]
    return [
        JudgedPair(pair, _refuses(labels[2 * place]), _refuses(labels[2 * place + 1]))
        for place, pair in enumerate(pairs)
    ]


def what_is_taught(judged: Sequence[JudgedPair]) -> list[Teaching]:
    """Count what the pairs teach, apart by how their prompts look."""
    return [_taught(look, [one for one in judged if one.read.look == look]) for look in LOOKS]


def opposites(judged: Sequence[JudgedPair]) -> int:
    """Count the pairs that teach the opposite of another pair on the same prompt."""
    by_prompt: dict[tuple[str, ...], list[JudgedPair]] = defaultdict(list)
    for one in judged:
        if one.teaches_refusing or one.teaches_answering:
            by_prompt[tuple(turn.content for turn in one.read.turns)].append(one)
    return sum(
        len(asked)
        for asked in by_prompt.values()
        if len({one.teaches_refusing for one in asked}) > 1
    )


def _taught(look: Look, pairs: Sequence[JudgedPair]) -> Teaching:
    judged = [one for one in pairs if one.is_judged]
    refusing = [one for one in judged if one.teaches_refusing]
    answering = [one for one in judged if one.teaches_answering]
    return Teaching(
        look=look,
        pairs=len(pairs),
        judged=len(judged),
        chosen_refuses=sum(bool(one.chosen_refuses) for one in judged),
        rejected_refuses=sum(bool(one.rejected_refuses) for one in judged),
        teaches_refusing=len(refusing),
        teaches_answering=len(answering),
        refusing=[_example(one.read) for one in refusing[:SHOWN]],
        answering=[_example(one.read) for one in answering[:SHOWN]],
    )


def _refuses(label: Label) -> bool | None:
    """Say whether an answer refuses; one that says nothing does not."""
    return None if label == "unscored" else label in REFUSALS


def _example(pair: ReadPair) -> Example:
    return Example(pair.where, pair.turns[-1].content, pair.chosen, pair.rejected)


def _ask_nobody(_: AskedJudge, __: list[JudgePrompt]) -> dict[str, Reply]:
    return {}
