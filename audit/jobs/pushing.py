"""Which weights may go to a hub, and with which words?"""

import os
from dataclasses import dataclass
from pathlib import Path

from audit.errors import InputError, Problem
from audit.files.borders import one_line
from audit.jobs.exporting import Exported, audited, export
from audit.run.directory import RunDirectory
from audit.run.messages import Tell

TOKEN = "HF_TOKEN"  # noqa: S105 - the variable's name


@dataclass(frozen=True)
class Permission:
    """Against which verdicts weights may be pushed."""

    inconclusive: bool
    force: bool


@dataclass(frozen=True)
class Pushed:
    """What was uploaded, and the address of the commit."""

    exported: Exported
    address: str


def push(
    run: RunDirectory, repository: str, tell: Tell, permission: Permission, *, merge: bool
) -> Pushed:
    """Export `after` and upload it; nothing is written where it may not be pushed.

    Raises:
        InputError: the verdict forbids it, the token is missing, or the hub refuses.
    """
    facts = audited(run)
    verdict = facts.comparison.verdict
    _refuse_by_verdict(run, verdict, permission)
    if TOKEN not in os.environ:
        fix = "give a token that may write, in the environment and nowhere else"
        raise InputError(Problem(TOKEN, "is not set", fix))
    forced = verdict == "regressed" or (verdict != "pass" and not permission.inconclusive)
    name = repository.rpartition("/")[2]
    exported = export(facts, name, tell, merge=merge, forced=forced)
    tell(f"pushing {exported.folder} to {repository}")
    return Pushed(exported, _upload(exported.folder, repository, verdict))


def _refuse_by_verdict(run: RunDirectory, verdict: str, permission: Permission) -> None:
    allowed = verdict == "pass" or (verdict == "inconclusive" and permission.inconclusive)
    if allowed or permission.force:
        return
    fix = "--force pushes all the same, and says so in the card"
    if verdict == "inconclusive":
        fix = "--inconclusive pushes it, and the card says so"
    what = f"the verdict is {verdict.upper()}, and only what passes is pushed"
    raise InputError(Problem(str(run.root), what, fix))


def _upload(folder: Path, repository: str, verdict: str) -> str:
    """Make the repository where it is not there, and upload all files in one commit."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled

    api = HfApi(token=os.environ[TOKEN])
    try:
        api.create_repo(repository, exist_ok=True)
        commit = api.upload_folder(
            repo_id=repository,
            folder_path=folder,
            commit_message=f"Weights with their audit: {verdict}",
        )
    except (HfHubHTTPError, HFValidationError, OfflineModeIsEnabled, OSError) as error:
        reason = one_line(str(error), 300) or type(error).__name__
        fix = f"see that the hub can be reached and that {TOKEN} may write there"
        raise InputError(Problem(repository, f"the hub did not take it ({reason})", fix)) from error
    return str(commit.commit_url)
