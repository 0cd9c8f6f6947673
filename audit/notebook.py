"""How is an audit used from Python? A run's files are pandas frames, its stages are methods."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from audit import frames
from audit.jobs import stages
from audit.records import Probe, Response, Status, Verdict
from audit.run.directory import RunDirectory
from audit.run.messages import Progress, Tell
from audit.settings.yaml_file import load_judges, load_run_config, load_training_config

if TYPE_CHECKING:
    from pandas import DataFrame

    from reports.results.comparison import Comparison


def silent(_: Progress | str) -> None:
    """Show nothing of what a stage tells."""


@dataclass(frozen=True, repr=False)
class Run:
    """One run: its files as frames, and the stages that need no new training."""

    root: Path

    def __repr__(self) -> str:
        return f"Run({str(self.root)!r})"

    @property
    def files(self) -> RunDirectory:
        """Where each of the run's files stands."""
        return RunDirectory(self.root)

    @property
    def arms(self) -> list[str]:
        """The arms that have been asked: before, the checkpoints by step, after."""
        return stages.arm_names(self.files)

    @property
    def judges(self) -> list[str]:
        """The judges that have labelled the answers of `after`."""
        return self.files.judges("after")

    def probes(self) -> "DataFrame":
        """Return the probes that were asked, one row each; `question` is what is answered."""
        return frames.of_probes(self.files)

    def responses(self, arm: str | None = None) -> "DataFrame":
        """Return what an arm answered, one row a response; all arms where none is named.

        Raises:
            InputError: there is no such arm.
        """
        return frames.of_arms([arm] if arm else self.arms, Response, self.files.responses)

    def verdicts(self, arm: str | None = None, judge: str | None = None) -> "DataFrame":
        """Return a judge's verdicts, one row a response; the run's judge where none is named.

        Raises:
            InputError: there is no such arm, or the judge has not scored it.
        """
        name = self._judge(judge)
        arms = [arm] if arm else self.arms
        return frames.of_arms(arms, Verdict, lambda each: self.files.verdicts(each, name))

    def answers(self, judge: str | None = None) -> "DataFrame":
        """Return `before` and `after` side by side, one row for each probe and sample.

        `flip` is to_refusal or to_compliance where the probe's refusal status differs between the
        two, by the rule of the comparison, and missing where it does not.

        Raises:
            InputError: the judge has not scored both arms.
        """
        return frames.of_answers(self.files, self._judge(judge))

    def rates(self) -> "DataFrame":
        """Return the three axes of every arm, one row each, as `compare` has written them.

        A rate is a fraction of `n` probes, `low` and `high` bound its interval, and `unscored`
        counts the responses that could not be judged.

        Raises:
            InputError: the run has not been compared.
        """
        self.comparison()
        return frames.of_rates(self.files)

    def comparison(self) -> "Comparison":
        """Return what comparison.json holds: the verdict with all its numbers.

        Raises:
            InputError: the run has not been compared.
        """
        from reports.results.comparison import read_comparison

        return read_comparison(self.files)

    def score(
        self,
        judge: str | None = None,
        judges_file: str | Path | None = None,
        tell: Tell = silent,
        *,
        trust_endpoints: bool = False,
    ) -> "Run":
        """Judge every stored answer, as `audit score` does, and return the run.

        `trust_endpoints` allows servers that only the run's own configuration names.
        """
        judges = load_judges(Path(judges_file)) if judges_file else None
        with self._locked():
            stages.score(self.files, tell, judge, judges, trust_endpoints=trust_endpoints)
        return self

    def compare(
        self, *others: "Run", judge: str | None = None, judge_error: str | Path | None = None
    ) -> Status:
        """Compare `after` with `before` as `audit compare` does, and return the verdict."""
        error = Path(judge_error) if judge_error else None
        with self._locked():
            return stages.compare(self.files, [other.files for other in others], judge, error)

    def render(self, *, redact: bool = False) -> Path:
        """Write the page, without harmful probes where it is redacted, and return its place."""
        with self._locked():
            return stages.report(self.files, redact=redact)

    def _judge(self, named: str | None) -> str:
        """Return the judge's name, the run's own where none is named, if it has scored the run."""
        name = named or load_run_config(self.files.config).judge
        self.files.judge_identity(name)
        return name

    def _locked(self) -> AbstractContextManager[None]:
        return self.files.locked("run", wait_seconds=0)


def open_run(root: str | Path) -> Run:
    """Open a run's folder.

    Raises:
        InputError: it holds no run, or one of another version.
    """
    RunDirectory(Path(root)).read_manifest()
    return Run(Path(root))


def import_run(before: str | Path, after: str | Path, probes: str | Path, out: str | Path) -> Run:
    """Make a run of answers written elsewhere, as `audit import` does; `score` it next.

    Raises:
        InputError: a file cannot be read or its rows do not fit, or `out` is not empty.
    """
    from audit.jobs.importing import import_responses

    import_responses(Path(before), Path(after), Path(probes), Path(out), "audit.import_run")
    return Run(Path(out))


def train_and_compare(
    config: str | Path,
    out: str | Path,
    settings: Iterable[str] = (),
    *,
    resume: bool = False,
    tell: Tell = silent,
) -> Run:
    """Train, ask, judge, compare and report, as the command does; `settings` are `train.beta=0.3`.

    Raises:
        InputError: the configuration or what it names cannot be used.
        StageFailed: a stage ended before its work was done.
    """
    from audit.jobs.preflight import look_ahead

    run_config = load_training_config(Path(config), settings)
    look_ahead(run_config, Path(out), dry_run=False)
    command = "audit.train_and_compare"
    stages.train_and_compare(run_config, Path(out), command, tell, resume=resume)
    return Run(Path(out))


def probe_set(name: str, path: str | Path | None = None) -> "DataFrame":
    """Return a probe set, one row a probe: a builtin or published one, or your own from a file.

    Raises:
        InputError: there is no such set, or its file cannot be read.
    """
    from audit.settings.probe_sets import ProbesConfig
    from audit.settings.section import section_of
    from probes.sets.library import load_set

    named = section_of(ProbesConfig, "probe_set", set=name, path=str(path) if path else None)
    return frames.of_records(Probe, load_set(named))
