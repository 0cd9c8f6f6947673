"""Could the configured judge be asked on this machine? Told before training is paid for."""

import os
from pathlib import Path

from audit.errors import InputError, Problem
from audit.jobs.judging import find_judge_model
from audit.settings.judges import GenerativeJudge, Judges, ModelJudge, PanelJudge, known_judge
from probes.engines.installed import vllm_is_installed


def lacking_for_judge(name: str, judges: Judges, *, fetch: bool) -> list[Problem]:
    """Return what the judge, or the one that its panel asks, lacks here.

    `fetch` says whether a model that is not here yet is fetched now.

    Raises:
        InputError: there is no such judge.
    """
    judge = known_judge(name, judges, "judge")
    if isinstance(judge, PanelJudge):
        return lacking_for_judge(judge.asks, judges, fetch=fetch)
    return [] if judge is None else _lacking(name, judge, fetch=fetch)


def _lacking(name: str, judge: ModelJudge, *, fetch: bool) -> list[Problem]:
    if isinstance(judge, GenerativeJudge) and judge.endpoint is not None:
        variable = judge.endpoint.api_key_env
        if variable is None or os.environ.get(variable):
            return []
        fix = "set it to the endpoint's key; it is never written down"
        where = f"judges.{name}.endpoint.api_key_env"
        return [Problem(where, f"the environment has no {variable}", fix)]
    problems: list[Problem] = []
    if isinstance(judge, GenerativeJudge) and not vllm_is_installed():
        fix = 'install the extra "cpu" or "cuda", or give an endpoint'
        problems.append(Problem(f"judges.{name}.model", "vLLM is not installed", fix))
    if judge.model is not None and not fetch and not Path(judge.model.path).is_dir():
        what = f"the model {judge.model.path} is not on this machine yet"
        problems.append(Problem(f"judges.{name}.model", what, "it is fetched when it is asked"))
        return problems
    try:
        find_judge_model(name, judge)
    except InputError as error:
        problems.extend(error.problems)
    return problems
