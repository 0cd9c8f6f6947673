"""Which servers may be asked as arms, and be sent the key that a run names for them?"""

from collections.abc import Collection

from audit.errors import Problem
from audit.files.lines import refuse
from audit.run.arm import ServedModel
from audit.run.directory import RunDirectory
from audit.run.seals import is_complete
from audit.settings.yaml_file import load_run_config


def refuse_servers_of_run(run: RunDirectory, own: Collection[str]) -> None:
    """Refuse servers that only a run names and that would be asked, since runs are sent around.

    They would be sent every probe, and the key in whichever variable is named.

    Raises:
        InputError: with each such server; `own` are the arms whose servers the user has named.
    """
    keys = {(one.url, one.model): one.api_key_env for one in load_run_config(run.config).served}
    problems = []
    for arm in run.read_manifest().arms.values():
        if not isinstance(arm.source, ServedModel) or arm.name in own or is_complete(run, arm):
            continue
        key = keys.get((arm.source.url, arm.source.model))
        sent = f"the probes and the key in {key}" if key else "the probes"
        what = f"the run itself names {arm.source.url}, which would be sent {sent}"
        fix = "add --trust-endpoints if you know the server"
        problems.append(Problem(f"{run.root}: {arm.name}", what, fix))
    refuse(problems)
