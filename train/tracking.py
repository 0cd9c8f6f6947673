"""Tell the trackers that a training's numbers went to how its audit ended."""

import os
from pathlib import Path
from typing import TypeVar

from audit.errors import InputError, Problem
from audit.run.directory import RunDirectory
from audit.run.messages import Tell
from audit.run.stage_program import run_stage_program
from audit.run.tracked import (
    TrackedResult,
    TrackerRuns,
    WandbRun,
    read_tracked,
    read_tracker_runs,
)
from audit.settings.yaml_file import load_run_config

Known = TypeVar("Known")
EVENTS = "TENSORBOARD_LOGGING_DIR"


def tell_trackers(run: RunDirectory, tell: Tell) -> None:
    """Attach verdict, axes and the redacted report to each tracker's own run.

    Raises:
        InputError: a tracker's run is not known.
    """
    runs, result = read_tracker_runs(run), read_tracked(run)
    for name in load_run_config(run.config).train.trackers:
        if name == "tensorboard":
            _tell_tensorboard(_events(run, runs), result)
        elif name == "wandb":
            _tell_wandb(run, _known(runs.wandb, run, name), result)
        else:
            _tell_mlflow(run, _known(runs.mlflow, run, name), result)
        tell(f"{name} was told the verdict")


def _events(run: RunDirectory, runs: TrackerRuns) -> Path:
    elsewhere = os.environ.get(EVENTS)
    if elsewhere:
        return Path(elsewhere).expanduser()
    return run.folder_of(_known(runs.tensorboard, run, "tensorboard"))


def _known(noted: Known | None, run: RunDirectory, name: str) -> Known:
    if noted is None:
        fix = "train again with the tracker in train.report_to"
        raise InputError(Problem(str(run.trackers), f"names no run of {name}", fix))
    return noted


def _tell_tensorboard(folder: Path, result: TrackedResult) -> None:
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(log_dir=str(folder)) as writer:
        writer.add_text("audit/verdict", f"**{result.verdict}**: {result.headline}")
        for name, value in result.numbers().items():
            writer.add_scalar(name, value)


def _tell_wandb(run: RunDirectory, noted: WandbRun, result: TrackedResult) -> None:
    import wandb

    with wandb.init(
        id=noted.id, project=noted.project, entity=noted.entity, resume="allow"
    ) as opened:
        opened.summary.update({"audit/verdict": result.verdict, "audit/headline": result.headline})
        opened.summary.update(result.numbers())
        report = wandb.Artifact(f"audit-{noted.id}", type="audit")
        report.add_file(str(run.redacted_page))
        report.add_file(str(run.root / "summary.md"))
        opened.log_artifact(report)


def _tell_mlflow(run: RunDirectory, noted: str, result: TrackedResult) -> None:
    import mlflow

    with mlflow.start_run(run_id=noted):
        mlflow.set_tags({"audit.verdict": result.verdict, "audit.headline": result.headline})
        mlflow.log_metrics({name.replace("/", "."): n for name, n in result.numbers().items()})
        mlflow.log_artifact(str(run.redacted_page), "audit")
        mlflow.log_artifact(str(run.root / "summary.md"), "audit")


if __name__ == "__main__":
    run_stage_program(RunDirectory, tell_trackers)
