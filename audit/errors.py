"""Which failures does the audit know, and which exit code does each one mean?

AuditError
├── InputError    what the user gave cannot be used      exit 2
└── StageFailed   a stage ended before its work was done  exit 5
"""

import errno
import shutil
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path


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

    def lines(self) -> list[str]:
        """Return what is said of it, a line for each thing that is wrong."""
        return [str(self)]


class InputError(AuditError):
    """The input cannot be used. Carries every problem found, not only the first."""

    exit_code = Exit.INPUT

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__("\n".join(self.lines()))

    def lines(self) -> list[str]:
        """Return a line for each problem."""
        return [str(problem) for problem in self.problems]


class StageFailed(AuditError):  # noqa: N818 - it names what happened
    """A stage program ended before its work was done; its log is named."""

    exit_code = Exit.STAGE_FAILED


FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
REMEDIES = {
    errno.ENOSPC: "free some space, then --resume",
    errno.EDQUOT: "free some space, then --resume",
    errno.EACCES: "give this user the right to it, or name another place",
    errno.EPERM: "give this user the right to it, or name another place",
    errno.EROFS: "name a place that can be written to",
    errno.ENAMETOOLONG: "give a shorter name",
    errno.ELOOP: "remove the loop of links",
    errno.ENOTDIR: "a file stands where a folder is needed: name another place",
    errno.EISDIR: "a folder stands where a file is needed: name another place",
    errno.EEXIST: "name another place",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
}
"""How to mend what the system refuses."""


def problem_of_system(error: OSError) -> Problem:
    """Return what the system refused as a problem: the place, its words, and the remedy."""
    where = str(error.filename) if error.filename is not None else "this machine"
    fix = REMEDIES.get(error.errno or 0, "look at the place that is named")
    what = error.strerror or str(error) or type(error).__name__
    if error.errno in FULL:
        what += f" ({free_bytes(Path(where)):,} bytes are free there)"
    return Problem(where, what, fix)


def free_bytes(place: Path) -> int:
    """Return how many bytes are free where a file is or was to be."""
    there = next(
        folder for folder in (place.absolute(), *place.absolute().parents) if folder.exists()
    )
    return shutil.disk_usage(there).free
