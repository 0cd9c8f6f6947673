"""What does a compared run stand at, for whoever asks what to do next?"""

from audit.files.lines import read_records
from audit.records import Probe
from audit.run.directory import RunDirectory
from audit.run.manifest import Manifest
from audit.settings.run_config import RunConfig
from audit.settings.yaml_file import load_run_config
from reports.page.sides import read_side
from reports.page.wordings import commonest
from reports.results.arms import ArmsTable, read_arms
from reports.results.comparison import Comparison, read_comparison
from reports.words.next_steps import Standing


def read_standing(run: RunDirectory, named: str) -> Standing:
    """Read what the next steps of a compared run depend on; commands call its folder `named`.

    Raises:
        InputError: the run has not been compared yet, or a file of it is damaged.
    """
    comparison = read_comparison(run)
    arms = (comparison.before, comparison.after)
    before, after = (read_side(run, arm, comparison.judge.name) for arm in arms)
    probes = [probe for _, probe in read_records(run.probes, Probe)]
    made = (run.read_manifest(), load_run_config(run.config))
    return standing_of(named, comparison, read_arms(run), made, commonest(probes, (before, after)))


def standing_of(
    named: str,
    comparison: Comparison,
    table: ArmsTable,
    made: tuple[Manifest, RunConfig],
    wording: str,
) -> Standing:
    """Return the same of what is read already.

    `made` says what made the run, and `wording` how most new refusals begin.
    """
    manifest, config = made
    beta = config.train.beta if manifest.origin == "training" else None
    return Standing(comparison, table, named, beta, wording)
