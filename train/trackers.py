"""Which runs of the trackers do a training's numbers go to?"""

from pathlib import Path
from typing import Any

from transformers.integrations.integration_utils import TensorBoardCallback

from audit.run.directory import RunDirectory
from audit.run.tracked import TrackerRuns, WandbRun, write_tracker_runs


def note_trackers(trainer: Any, run: RunDirectory, trackers: tuple[str, ...]) -> None:
    """Note them when training has ended, so that the verdict can be told to the same runs."""
    if trackers:
        runs = TrackerRuns(
            tensorboard=_events(trainer, run) if "tensorboard" in trackers else None,
            wandb=_wandb() if "wandb" in trackers else None,
            mlflow=_mlflow() if "mlflow" in trackers else None,
        )
        write_tracker_runs(run, runs)


def _events(trainer: Any, run: RunDirectory) -> str | None:
    """Return the folder of the event files, from the run's on; null where it lies elsewhere."""
    for callback in trainer.callback_handler.callbacks:
        if isinstance(callback, TensorBoardCallback) and callback.logging_dir:
            folder = Path(callback.logging_dir).resolve()
            if folder.is_relative_to(run.root.resolve()):
                return str(folder.relative_to(run.root.resolve()))
    return None


def _wandb() -> WandbRun | None:
    import wandb

    now = wandb.run
    return WandbRun(now.id, now.project, now.entity or None) if now else None


def _mlflow() -> str | None:
    import mlflow

    last = mlflow.active_run() or mlflow.last_active_run()
    return last.info.run_id if last else None
