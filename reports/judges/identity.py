"""What do a judge's labels depend on, and how was it measured against people?"""

import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from audit.errors import InputError, Problem
from audit.files import digests
from audit.settings.judges import (
    ClassifierJudge,
    GenerativeJudge,
    Judges,
    ModelJudge,
    PanelJudge,
    known_judge,
)
from reports.judges.judging import template_digest
from reports.judges.rules import judge as rules_judge

Models = dict[str, dict[str, Any]]
"""Where a judge's own model lies and its weights' sha256, by the judge's name."""


def judge_identity(name: str, judges: Judges, models: Models) -> dict[str, Any]:
    """Return a judge's name, version, sha256 and all that goes into it; the error unmeasured.

    Raises:
        InputError: there is no such judge.
    """
    judge = known_judge(name, judges, f"judge {name}")
    if judge is None:
        return rules_judge.identity()
    if isinstance(judge, PanelJudge):
        members = [judge_identity(one, judges, models) for one in (rules_judge.NAME, judge.asks)]
        made_of: dict[str, Any] = {"kind": "panel", "sure_from": judge.sure_from}
        digest = digests.of_json([made_of, [one["sha256"] for one in members]])
        made_of["members"] = [{**one, "measured_error": None} for one in members]
        made = " and ".join(f"{one['name']} {one['version']}" for one in members)
    else:
        record = models.get(name)
        made_of = {"kind": judge.kind, "template_sha256": template_digest(judge)}
        made_of |= _model(judge, record)
        digest = digests.of_json(made_of)
        made_of["model"] = record["source"] if record else _served(judge)
        made = _version(judge)
    return {"name": name, "version": made, "sha256": digest, **made_of, "measured_error": None}


def cited_error(judge: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return the judge with its error as `audit judge-eval` wrote it into a file.

    Raises:
        InputError: the file cannot be read, or was measured on another judge.
    """
    try:
        measured = json.loads(path.read_text(encoding="utf-8"))
        digest, error = measured["judge"]["sha256"], measured["measured_error"]
    except OSError as error:
        fix = "write it with `audit judge-eval LABELS --out FILE`"
        raise InputError(Problem(str(path), "cannot be read", fix)) from error
    except (ValueError, KeyError, TypeError) as error:
        fix = "name a file that `audit judge-eval --out` wrote"
        raise InputError(Problem(str(path), "holds no measured error", fix)) from error
    if digest != judge["sha256"]:
        what = f'was measured on another judge than "{judge["name"]}" is now'
        fix = "measure this one with `audit judge-eval`"
        raise InputError(Problem(str(path), what, fix))
    return {**judge, "measured_error": error}


def _model(judge: ModelJudge, record: dict[str, Any] | None) -> dict[str, Any]:
    """Return which model answers and how; where its folder lies makes no difference.

    An endpoint tells no digests of its model.
    """
    settings = judge.model_dump(exclude={"model", "endpoint", "kind"}, mode="json")
    if isinstance(judge, GenerativeJudge) and judge.endpoint is not None:
        served = {"url": judge.endpoint.url, "model": judge.endpoint.model}
        return {**settings, "weights_sha256": None, "endpoint": served}
    digest_of = {key: (record or {}).get(key) for key in ("weights_sha256", "settings_sha256")}
    dtype = judge.model.dtype if judge.model else None
    engine = "transformers" if isinstance(judge, ClassifierJudge) else "vllm"
    engines = {engine: _installed(engine)}
    return {**settings, **digest_of, "dtype": dtype, "engine": engines, "endpoint": None}


def _served(judge: ModelJudge) -> str | None:
    endpoint = judge.endpoint if isinstance(judge, GenerativeJudge) else None
    return endpoint.model if endpoint else None


def _installed(engine: str) -> str | None:
    """Return the version of an engine, under any of the names that it is packaged by."""
    for name in (engine, f"{engine}-cpu"):
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return None


def _version(judge: ModelJudge) -> str:
    return "classifier" if isinstance(judge, ClassifierJudge) else judge.template
