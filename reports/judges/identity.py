"""What do a judge's labels depend on, and how was it measured against people?"""

import json
from pathlib import Path
from typing import Any

from audit import digests
from audit.errors import InputError, Problem
from audit.judge_config import ClassifierJudge, Judges, ModelJudge, PanelJudge, known_judge
from reports.judges import rules_judge
from reports.judges.judging import template_digest

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
        made_of["members"] = [{**one, "measured_error": None} for one in members]
        version = " and ".join(f"{one['name']} {one['version']}" for one in members)
    else:
        made_of = {"kind": judge.kind, "template_sha256": template_digest(judge)}
        made_of |= _model(judge, models.get(name))
        version = _version(judge)
    digest = digests.of_json(made_of)
    return {"name": name, "version": version, "sha256": digest, **made_of, "measured_error": None}


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
    """Return which model answers and how it is decoded; its weights are null at an endpoint."""
    settings = judge.model_dump(exclude={"model", "endpoint", "kind"}, mode="json")
    if isinstance(judge, ClassifierJudge) or judge.endpoint is None:
        source = (
            {"model": record["source"], "weights_sha256": record["weights_sha256"]}
            if (record)
            else {}
        )
        return {**settings, **source, "endpoint": None}
    served = {"url": judge.endpoint.url, "model": judge.endpoint.model}
    return {**settings, "model": judge.endpoint.model, "weights_sha256": None, "endpoint": served}


def _version(judge: ModelJudge) -> str:
    return "classifier" if isinstance(judge, ClassifierJudge) else judge.template
