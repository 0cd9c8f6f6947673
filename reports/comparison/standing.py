"""How does a compared run stand, so that the next steps can be told?"""

from audit.run.directory import RunDirectory
from audit.settings.yaml_file import load_run_config
from reports.results.arms import read_arms
from reports.results.comparison import read_comparison
from reports.words.next_steps import Standing


def standing_of(run: RunDirectory, named: str) -> Standing:
    """Read what the next steps depend on; `named` is how commands are to name the run.

    Raises:
        InputError: the run has not been compared yet.
    """
    trained = run.read_manifest().origin == "training"
    beta = load_run_config(run.config).train.beta if trained else None
    return Standing(read_comparison(run), read_arms(run), named, beta)
