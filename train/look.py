"""Look at a training that a dry run describes: settings, adapter, chat template and pairs."""

from pathlib import Path

from audit.run.directory import RunDirectory
from audit.run.messages import Tell
from audit.run.stage_program import run_stage_program
from audit.settings.yaml_file import load_run_config
from train.checks import check_training
from train.preferences import load_preferences


def look(folder: RunDirectory, tell: Tell) -> None:
    """Check what needs no weights; the folder holds a configuration whose model is a folder."""
    config = load_run_config(folder.config)
    pairs = config.needed_preferences(str(folder.config))
    preferences = load_preferences(
        pairs, config.train.seed, unpaired=config.train.learns_from_thumbs
    )
    check_training(config, Path(config.model.path), preferences, tell)


if __name__ == "__main__":
    run_stage_program(RunDirectory, look)
