"""What does this machine lack for a training, and would the training take what it is given?"""

import os
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from audit.errors import Problem
from audit.files.lines import write_atomically
from audit.jobs.child import run_child
from audit.run.directory import RunDirectory
from audit.run.messages import Progress
from audit.run.model_folder import ModelFolder
from audit.settings.run_config import RunConfig
from audit.settings.training import TrainConfig
from audit.settings.yaml_file import dump

TRACKERS = {"wandb": "wandb", "tensorboard": "tensorboard", "mlflow": "mlflow"}
"""The package of each tracker."""
OPTIMIZERS = {
    "bnb": "bitsandbytes",
    "8bit": "bitsandbytes",
    "paged": "bitsandbytes",
    "lion": "bitsandbytes",
    "ademamix": "bitsandbytes",
    "torch_4bit": "torchao",
    "torch_8bit": "torchao",
    "galore": "galore_torch",
    "lomo": "lomo_optim",
    "adalomo": "lomo_optim",
    "grokadamw": "grokadamw",
    "schedule_free": "schedulefree",
    "apollo": "apollo_torch",
    "anyprecision": "torchdistx",
    "stable_adamw": "optimi",
    "xla": "torch_xla",
    "npu": "torch_npu",
}
"""The package that an optimizer needs, by a part of its name; a later entry says it better."""


def lacking_for_training(train: TrainConfig) -> list[Problem]:
    """Return what the settings ask for and this machine does not have."""
    lacking = [problem for name in train.trackers if (problem := _lacking_tracker(name))]
    if train.attn_implementation == "flash_attention_2" and not find_spec("flash_attn"):
        fix = 'install the extra "flash-attn", or set it to auto'
        what = "flash-attn is not installed"
        lacking.append(Problem("train.attn_implementation", what, fix))
    if train.load_in_4bit and not find_spec("bitsandbytes"):
        fix = 'install the extra "qlora", or leave it out'
        lacking.append(Problem("train.load_in_4bit", "bitsandbytes is not installed", fix))
    given = train.alone_of_trl()
    if given.get("use_liger_kernel") and not find_spec("liger_kernel"):
        fix = "install liger-kernel, or leave it out"
        lacking.append(Problem("train.use_liger_kernel", "liger-kernel is not installed", fix))
    package = _package_of(given.get("optim", ""))
    if package and not find_spec(package):
        fix = f"install {package}, or take adamw_torch"
        lacking.append(Problem("train.optim", f"{package} is not installed", fix))
    return lacking


def _lacking_tracker(name: str) -> Problem | None:
    where = "train.report_to"
    if not find_spec(TRACKERS[name]):
        extra = f'the extra "{name}"'
        return Problem(where, f"{name} is not installed", f"install {extra}, or set it to none")
    if name == "wandb" and not (os.environ.get("WANDB_API_KEY") or os.environ.get("WANDB_MODE")):
        fix = "set WANDB_API_KEY in the environment, or report_to to none"
        return Problem(where, "W&B has no key here", fix)
    return None


def _package_of(optimizer: str) -> str | None:
    needed = [package for part, package in OPTIMIZERS.items() if part in optimizer]
    return needed[-1] if needed else None


def look_at_training(config: RunConfig, model: ModelFolder) -> list[str]:
    """Have the training program look at its settings and pairs, and return what it says.

    It loads TRL and the tokenizer, and no weights.

    Raises:
        InputError: the training would refuse what it is given.
        StageFailed: it could not look.
    """
    said: list[str] = []

    def note(news: str | Progress) -> None:
        if isinstance(news, str):
            said.append(news)

    with TemporaryDirectory() as folder:
        run = RunDirectory(Path(folder))
        here = config.model.model_copy(update={"path": str(model.folder.resolve())})
        write_atomically(run.config, dump(config.model_copy(update={"model": here})))
        run_child("train.look", run.root, run.log("train"), note)
    return said
