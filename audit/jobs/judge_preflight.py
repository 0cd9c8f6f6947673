"""Could the configured judge be asked on this machine? Told before training is paid for."""

from audit.errors import Problem
from audit.jobs.training_path import refuse_unaskable
from audit.jobs.until_decided import refuse_unstoppable
from audit.settings.judges import Judges
from audit.settings.run_config import RunConfig
from probes.engines.installed import vllm_is_installed
from reports.judges.kinds import judge_named


def lacking_for_judge(name: str, judges: Judges, *, fetch: bool) -> list[Problem]:
    """Return what the judge, or the one that its panel asks, lacks here.

    `fetch` says whether a model that is not here yet is fetched now.

    Raises:
        InputError: there is no such judge.
    """
    return judge_named(name, judges).lacks(fetch=fetch, vllm=vllm_is_installed())


def refuse_judge_without_room(config: RunConfig) -> None:
    """Refuse a run whose judge could not say, while it trains or asks, that it may stop.

    Raises:
        InputError: as `refuse_unstoppable` and `refuse_unaskable` do.
    """
    refuse_unstoppable(config, [one.model for one in config.served])
    refuse_unaskable(config)
