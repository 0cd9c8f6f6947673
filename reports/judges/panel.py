"""How do two judges decide together, and how often did they differ?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from audit.errors import Problem
from audit.files import digests
from audit.records import REFUSALS, Label
from audit.run.judge_identity import JudgeIdentity
from audit.settings.judges import PanelJudge
from reports.axes import VerdictsByProbe
from reports.judges.every_judge import Ask, Judge
from reports.judges.judgement import Exchange, Judgement

Opinions = dict[str, Label]


@dataclass(frozen=True)
class Panel:
    """One judge that decides where it is sure, and another where it is not."""

    name: str
    settings: PanelJudge
    first: Judge
    second: Judge

    chat = None

    @cached_property
    def identity(self) -> JudgeIdentity:
        """What its labels depend on: both judges, and from where on the first is sure."""
        members = [judge.identity for judge in (self.first, self.second)]
        return JudgeIdentity(
            name=self.name,
            kind="panel",
            version=" and ".join(f"{member.name} {member.version}" for member in members),
            sha256=digests.of_json(
                [self.settings.sure_from, *(member.sha256 for member in members)]
            ),
            settings={"sure_from": self.settings.sure_from},
            words_sha256=None,
            model=None,
            members=tuple(member.model_copy(update={"measured_error": None}) for member in members),
            measured_error=None,
        )

    def located(self) -> "Panel":
        """Return the same panel with the files of its members' models found.

        Raises:
            InputError: they are not there, or a model cannot be asked in this form.
        """
        return replace(self, first=self.first.located(), second=self.second.located())

    def lacks(self, *, fetch: bool, vllm: bool) -> list[Problem]:
        """Return what its members lack here."""
        members = (self.first, self.second)
        return [problem for member in members for problem in member.lacks(fetch=fetch, vllm=vllm)]

    def has_seen(self, prompt: str, response: str) -> bool:
        """Say whether a member is known to have been trained on this response."""
        members = (self.first, self.second)
        return any(judge.has_seen(prompt, response) for judge in members)

    def judge_all(self, exchanges: Sequence[Exchange], ask: Ask) -> list[Judgement]:
        """Let the first judge decide where it is sure, and the second where it is not.

        The second's opinion counts there, even if it is that it has none. It rates no helpfulness:
        ratings of these answers alone would stand for no others.
        """
        own = self.first.judge_all(exchanges, ask)
        sure_from = self.settings.sure_from
        unsure = [
            place for place, judgement in enumerate(own) if (judgement.confidence or 0) < sure_from
        ]
        open_ones = [replace(exchanges[place], rate=False) for place in unsure]
        answers = self.second.judge_all(open_ones, ask)
        decided = {
            place: replace(
                other, opinions={self.first.name: own[place].label, self.second.name: other.label}
            )
            for place, other in zip(unsure, answers, strict=True)
        }
        sure = [
            replace(judgement, opinions={self.first.name: judgement.label}) for judgement in own
        ]
        return [decided.get(place, judgement) for place, judgement in enumerate(sure)]


@dataclass(frozen=True)
class PanelCounts:
    """The responses that a panel judged, and those that its second judge was asked about.

    On `differing` of these the two differ, `unscored` of them the second could not judge.
    """

    judged: int
    """Responses that the panel judged."""
    second_asked: int
    """Those that its second judge was asked about."""
    differing: int
    """Those of them on which the two differ."""
    unscored: int
    """Those of them that the second could not judge."""


def disagreements(opinions: Sequence[Opinions | None]) -> PanelCounts | None:
    """Count the responses judged, those the second judge was asked about, and where they differ.

    Both a full and a partial refusal are refusals here, and an unscored opinion differs from none.
    Returns None where no panel judged.
    """
    labels = [list(given.values()) for given in opinions if given is not None]
    if not labels:
        return None
    both = [given for given in labels if len(given) > 1]
    scored = [given for given in both if "unscored" not in given]
    differing = sum((given in REFUSALS) != (other in REFUSALS) for given, other in scored)
    unscored = len(both) - len(scored)
    return PanelCounts(len(labels), len(both), differing, unscored)


def panel_opinions(arms: Mapping[str, VerdictsByProbe]) -> dict[str, PanelCounts] | None:
    """Return the counts of each arm; None where no panel judged."""
    counts_by_arm = {
        arm: disagreements([verdict.opinions for rows in verdicts.values() for verdict in rows])
        for arm, verdicts in arms.items()
    }
    return {arm: counts for arm, counts in counts_by_arm.items() if counts} or None


def panel_sentences(panel: dict[str, PanelCounts] | None) -> list[str]:
    """Return a sentence on each of the two arms that were compared."""
    return [
        f"Of {arm}, the panel's second judge was asked about {row.second_asked} of "
        f"{row.judged} responses and differed from the first on {row.differing}"
        + (f", {row.unscored} it could not judge." if row.unscored else ".")
        for arm, row in (panel or {}).items()
        if arm in ("before", "after")
    ]
