"""What does a compared run hold that a report is made of?"""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from audit.errors import InputError, Problem
from audit.files.lines import read_records
from audit.records import Probe
from audit.run.directory import RunDirectory
from audit.run.manifest import Manifest
from audit.run.training_files import Metrics, read_metrics
from audit.run.training_path import path_of
from audit.settings.run_config import RunConfig
from audit.settings.yaml_file import load_run_config
from reports.comparison.movement import changes_by_probe
from reports.page.charts import DESK, PHONE, Picture, Screen, as_svg
from reports.page.charts_changes import categories_chart, movement_chart
from reports.page.charts_time import path_chart, training_chart
from reports.page.charts_tradeoff import intervals_chart, tradeoff_chart
from reports.page.links import linked_here
from reports.page.sides import Side, read_side
from reports.results.arms import ArmRates, ArmsTable, read_arms
from reports.results.comparison import Comparison, read_comparison

SHOWN = 20_000
"""Characters of a prompt that are shown at most."""


@dataclass(frozen=True)
class Facts:
    """One compared run. What is large is read when it is first asked for, and once."""

    run: RunDirectory
    config: RunConfig
    comparison: Comparison
    table: ArmsTable
    """Every arm's rates, and the choice among them."""
    manifest: Manifest
    probes: list[Probe]
    metrics: Metrics

    @property
    def name(self) -> str:
        """The name of the run's folder."""
        return self.run.root.resolve().name

    @property
    def ends(self) -> tuple[str, str]:
        """The names of the two arms that were compared."""
        return self.comparison.before, self.comparison.after

    @property
    def arms(self) -> list[ArmRates]:
        """The rates of every arm, in the order of training."""
        return self.table.arms

    @property
    def judge(self) -> str:
        """The name of the judge whose verdicts decided."""
        return self.comparison.judge.name

    @cached_property
    def sides(self) -> tuple[Side, Side]:
        """What the two arms answered and how it was judged, read once."""
        before, after = (read_side(self.run, arm, self.judge) for arm in self.ends)
        return before, after

    @cached_property
    def pictures(self) -> dict[str, Picture]:
        """Every picture that the run has something to show in, by name, as a wide screen has it."""
        return self._pictures(DESK)

    def _pictures(self, screen: Screen) -> dict[str, Picture]:
        first = [[rows[0] for rows in side.responses.values()] for side in self.sides]
        connected = self.manifest.origin != "models"
        front = self.table.choice.front
        possible = {
            "intervals": intervals_chart(self.comparison.axes, screen),
            "tradeoff": tradeoff_chart(
                self.arms, self.config.gate, front, connected=connected, screen=screen
            ),
            "categories": categories_chart(self.comparison.categories, screen),
            "movement": movement_chart(changes_by_probe(self.probes, *first), screen),
            "path": path_chart(path_of(self.run).read_points(), screen),
            "training": training_chart(self.metrics, screen),
        }
        return {name: picture for name, picture in possible.items() if picture is not None}

    @cached_property
    def drawn(self) -> dict[str, str]:
        """The same pictures, as SVG whose marks are still to be linked."""
        return {name: as_svg(picture) for name, picture in self.pictures.items()}

    @cached_property
    def on_page(self) -> dict[str, dict[str, str]]:
        """The same pictures as SVG for the page, by name, for a wide and for a narrow screen."""
        for_phones = self._pictures(PHONE)
        return {
            name: {
                "on-desk": linked_here(drawn),
                "on-phone": linked_here(as_svg(for_phones[name])),
            }
            for name, drawn in self.drawn.items()
        }

    def example_prompt(self) -> str | None:
        """Return a harmless probe as the model read it; null where nobody here rendered it."""
        path = self.run.example_prompt
        return path.read_text("utf-8", "replace")[:SHOWN] if path.is_file() else None

    def kinds(self) -> dict[str, int]:
        """Return how many probes of each kind were asked."""
        return dict(sorted(Counter(probe.kind for probe in self.probes).items()))

    def languages(self) -> dict[str, int]:
        """Return how many probes were asked in each language; empty where none is said."""
        said = Counter(probe.language for probe in self.probes)
        return {
            one or "a language that is not said": n
            for one, n in said.items()
            if len(said) > 1 or one
        }


def read_facts(run: RunDirectory) -> Facts:
    """Read what a compared run holds; answers and pictures wait until somebody asks for them.

    Raises:
        InputError: the run has not been compared yet, or its judge has changed since.
    """
    comparison, manifest = read_comparison(run), run.read_manifest()
    judge = comparison.judge
    now = manifest.judges.get(judge.name)
    if now is not None and now.sha256 != judge.sha256:
        what = f'was judged anew by another judge named "{judge.name}" since it was compared'
        fix = f"run `audit compare {run.root}` first"
        raise InputError(Problem(str(run.root), what, fix))
    return Facts(
        run=run,
        config=load_run_config(run.config),
        comparison=comparison,
        table=read_arms(run),
        manifest=manifest,
        probes=[probe for _, probe in read_records(run.probes, Probe)],
        metrics=read_metrics(run),
    )
