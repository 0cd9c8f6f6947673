"""Start the training program as several processes that compute together, and end with them.

`python -P -m train.launch RUN` is to the audit what `python -P -m train RUN` is.
"""

import argparse
import os
from pathlib import Path

from audit.run.directory import RunDirectory
from audit.run.stage_program import die_with_parent
from audit.settings.yaml_file import load_run_config


def main() -> None:
    """Start as many processes as the run's configuration says, on this machine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the run directory")
    folder = parser.parse_args().folder
    die_with_parent()
    os.environ["PYTHONSAFEPATH"] = "1"  # what -P is, for the processes that are started
    train = load_run_config(RunDirectory(folder).config).train
    if train.accelerate_config:
        _launch_with_accelerate(train.accelerate_config, folder)
    else:
        _launch_alike(train.processes, folder)


def _launch_alike(processes: int, folder: Path) -> None:
    """Start processes that each hold the whole model, on GPUs or on the CPU."""
    from torch.distributed.run import main as launch

    count = ["--standalone", f"--nproc-per-node={processes}"]
    launch([*count, "--module", "train", str(folder)])


def _launch_with_accelerate(file: str, folder: Path) -> None:
    """Start them as accelerate's file says."""
    from accelerate.commands.launch import launch_command, launch_command_parser

    arguments = ["--config_file", file, "--module", "train", str(folder)]
    launch_command(launch_command_parser().parse_args(arguments))


if __name__ == "__main__":
    main()
