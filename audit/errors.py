"""Which failures does the audit know, and which exit code does each one mean?

AuditError
├── InputError    what the user gave cannot be used      exit 2
└── StageFailed   a stage ended before its work was done  exit 5
"""

from dataclasses import dataclass
from enum import IntEnum


class Exit(IntEnum):
    """The exit codes of the `audit` command."""

    OK = 0
    BUG = 1
    INPUT = 2
    REGRESSED = 3
    INCONCLUSIVE = 4
    STAGE_FAILED = 5


EXIT_OF_VERDICT = {
    "pass": Exit.OK,
    "regressed": Exit.REGRESSED,
    "inconclusive": Exit.INCONCLUSIVE,
}


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the input: where it is, what it is, and how to mend it."""

    where: str
    what: str
    fix: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.fix}"


class AuditError(Exception):
    """Anything that is reported in one message, without a traceback."""

    exit_code: Exit


class InputError(AuditError):
    """The input cannot be used. Carries every problem found, not only the first."""

    exit_code = Exit.INPUT

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class StageFailed(AuditError):  # noqa: N818 - it names what happened
    """A stage program ended before its work was done; its log is named."""

    exit_code = Exit.STAGE_FAILED
