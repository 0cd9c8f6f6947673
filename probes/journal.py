"""What is noted of an arm before, while and after it answers, so that a kill loses nothing?"""

import hashlib
from collections.abc import Callable, Iterable, Mapping

from audit.errors import InputError, Problem
from audit.files.lines import drop_torn_line, json_line, read_records
from audit.records import Response
from audit.run.arm import Arm
from audit.run.directory import RunDirectory
from audit.run.identity import Identity, differing
from audit.run.messages import Progress, Tell
from audit.run.seals import responses_digest
from audit.settings.run_config import GenerationConfig
from probes.engines.engine import Answer

Place = tuple[str, int]
"""A probe's id, and which of its samples."""


def claim(
    run: RunDirectory, noted: Arm, now: Identity, measured: Mapping[str, object], tell: Tell
) -> None:
    """Note what makes an arm itself before its first answer, or check it against what was noted.

    Answers taken over from another run are asked again where anything differs. `measured` is what
    else is known of the arm before it answers.

    Raises:
        InputError: the arm's own stored answers were made by something else.
    """
    if isinstance(noted.identity, Identity):
        others = differing(noted.identity, now, may_differ=())
        if not others:
            return
        if noted.reused_from is None:
            what = f"its stored answers were made with another {', '.join(others)}"
            fix = "start a new run, or undo the change"
            raise InputError(Problem(str(run.responses(noted.name)), what, fix))
        tell(f"asking {noted.name} again: its answers were made with another {others[0]}")
        run.responses(noted.name).unlink(missing_ok=True)
    claimed = {
        "identity": now,
        "asked": False,
        "responses_sha256": None,
        "sessions": 0,
        "weights_proof": None,
        "taken_on": None,
        "reused_from": None,
        **measured,
    }
    note(run, noted.name, lambda _: claimed)


def answered(run: RunDirectory, arm: str) -> set[Place]:
    """Return what an arm has answered, after what a kill left of a last line is cut off."""
    path = run.responses(arm)
    path.parent.mkdir(parents=True, exist_ok=True)
    drop_torn_line(path)
    if not path.exists():
        return set()
    return {(row.probe_id, row.sample) for _, row in read_records(path, Response)}


def begin(run: RunDirectory, arm: str) -> None:
    """Note that an arm is asked once more, and so is not complete."""
    note(
        run,
        arm,
        lambda noted: {"sessions": noted.sessions + 1, "asked": False, "responses_sha256": None},
    )


def append(
    run: RunDirectory, arm: str, answers: Iterable[Answer], progress: tuple[int, int], tell: Tell
) -> None:
    """Append each answer as it comes; `progress` is how many are there, of how many in all."""
    done, total = progress
    with run.responses(arm).open("a", encoding="ascii") as file:
        for answer in answers:
            file.write(json_line(Response.model_validate(vars(answer))))
            file.flush()
            done += 1
            tell(Progress(f"asking {arm}", done, total, "answers"))


def complete(run: RunDirectory, arm: str) -> None:
    """Note that an arm has answered every probe, and the digest of its answers."""
    ended = {"asked": True, "responses_sha256": responses_digest(run, arm)}
    note(run, arm, lambda _: ended)


def note(run: RunDirectory, name: str, noted: Callable[[Arm], dict[str, object]]) -> None:
    """Write into the manifest what is known of an arm now."""
    run.update_manifest(
        lambda manifest: manifest.with_arms(
            manifest.arms[name].model_copy(update=noted(manifest.arms[name]))
        )
    )


def seed_of(settings: GenerationConfig, probe: str, sample: int) -> int:
    """Return what one answer's draws follow from, whatever else is asked."""
    text = f"{settings.seed}:{probe}:{sample}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])
