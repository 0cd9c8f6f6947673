"""What does a pairwise.JUDGE.json hold: whose answers help more, side by side?"""

from dataclasses import dataclass

from audit.files.json_record import read_json_record
from audit.run.directory import RunDirectory
from audit.run.judge_identity import JudgeIdentity


@dataclass(frozen=True)
class WinRate:
    """How often the answers after are preferred; a tie is half."""

    rate: float
    low: float
    high: float


@dataclass(frozen=True)
class UnscoredReason:
    """Why probes have no preference."""

    reason: str
    """Why."""
    n: int
    """So many probes."""


@dataclass(frozen=True)
class Preferred:
    """Which arm's answers to harmless probes a judge prefers, asked in both orders."""

    judge: JudgeIdentity
    """Who was asked."""
    n: int
    """Probes with a preference in both orders."""
    unscored: int
    """Probes without one."""
    unscored_reasons: list[UnscoredReason]
    """The most frequent reasons why."""
    win_rate: WinRate | None
    """Of the arm after; null where nothing is scored."""
    length_controlled: WinRate | None
    """The same at equal length; null with fewer than ten probes."""
    same_in_both_orders: float | None
    """The share of probes on which the order made no difference."""
    mean_length_difference: float | None
    """By how many characters answers after are longer, on average."""
    confidence: float
    """How sure the intervals are."""


def read_pairwise(run: RunDirectory) -> list[Preferred]:
    """Return what each judge preferred, judge by judge.

    Raises:
        InputError: a file is damaged.
    """
    fix = f"run `audit pairwise {run.root} --judge NAME` again, or remove it"
    files = sorted(run.root.glob("pairwise.*.json"))
    return [read_json_record(file, Preferred, fix) for file in files]
