"""Which measured error may be cited for a judge?"""

import json
from pathlib import Path

from pydantic import ValidationError

from audit.errors import InputError, Problem
from audit.run.judge_identity import JudgeIdentity, MeasuredError


def cited_error(judge: JudgeIdentity, path: Path) -> JudgeIdentity:
    """Return the judge with its error as `audit judge-eval` wrote it into a file.

    Raises:
        InputError: the file cannot be read, or was measured on another judge.
    """
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        digest = stored["judge"]["sha256"]
        error = MeasuredError.model_validate(stored["measured_error"])
    except OSError as broken:
        fix = "write it with `audit judge-eval LABELS --out FILE`"
        raise InputError(Problem(str(path), "cannot be read", fix)) from broken
    except (ValidationError, ValueError, KeyError, TypeError) as broken:
        fix = "name a file that `audit judge-eval --out` wrote"
        raise InputError(Problem(str(path), "holds no measured error", fix)) from broken
    if digest != judge.sha256:
        what = f'was measured on another judge than "{judge.name}" is now'
        fix = "measure this one with `audit judge-eval`"
        raise InputError(Problem(str(path), what, fix))
    return judge.model_copy(update={"measured_error": error})
