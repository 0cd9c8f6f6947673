"""What does a compared run hold that a report is made of?"""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from audit.config import RunConfig
from audit.configuration_file import load_run_config
from audit.files import read_records
from audit.records import Probe
from audit.run_directory import RunDirectory
from reports.charts import Picture, as_svg
from reports.charts_changes import categories_chart, movement_chart
from reports.charts_time import training_chart
from reports.charts_tradeoff import intervals_chart, tradeoff_chart
from reports.movement import changes_by_probe
from reports.results import read_comparison
from reports.training import Metrics, read_metrics


@dataclass(frozen=True)
class Facts:
    """One compared run, read once."""

    run: RunDirectory
    config: RunConfig
    comparison: dict[str, Any]
    arms: list[dict[str, Any]]
    manifest: dict[str, Any]
    probes: list[Probe]
    metrics: Metrics
    pictures: dict[str, Picture]
    """Every picture that the run has something to show in, by name."""
    drawn: dict[str, str]
    """The same, as SVG."""

    @property
    def name(self) -> str:
        """The name of the run's folder."""
        return self.run.root.resolve().name

    @property
    def ends(self) -> tuple[str, str]:
        """The names of the two arms that were compared."""
        return self.comparison["before"], self.comparison["after"]

    def kinds(self) -> dict[str, int]:
        """Return how many probes of each kind were asked."""
        return dict(sorted(Counter(probe.kind for probe in self.probes).items()))


def read_facts(run: RunDirectory) -> Facts:
    """Read what a compared run holds, and draw it.

    Raises:
        InputError: the run has not been compared yet.
    """
    comparison = read_comparison(run)
    config = load_run_config(run.config)
    arms = json.loads(run.arms_table.read_text(encoding="utf-8"))["arms"]
    probes = [probe for _, probe in read_records(run.probes, Probe)]
    metrics = read_metrics(run)
    moved = changes_by_probe(run, probes, comparison["before"], comparison["after"])
    possible = {
        "intervals": intervals_chart(comparison["axes"]),
        "tradeoff": tradeoff_chart(arms, config.gate),
        "categories": categories_chart(comparison["categories"]),
        "movement": movement_chart(moved),
        "training": training_chart(metrics),
    }
    pictures = {name: picture for name, picture in possible.items() if picture is not None}
    return Facts(
        run=run,
        config=config,
        comparison=comparison,
        arms=arms,
        manifest=run.read_manifest(),
        probes=probes,
        metrics=metrics,
        pictures=pictures,
        drawn={name: as_svg(picture) for name, picture in pictures.items()},
    )
