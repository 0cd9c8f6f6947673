"""Which of a machine's GPUs does a training use?"""

import os

import torch

from audit.errors import InputError, Problem
from audit.run.messages import Tell

VISIBLE = "CUDA_VISIBLE_DEVICES"


def take_one_gpu(tell: Tell) -> None:
    """Show the first GPU alone to this process, and say so; called before CUDA is initialised.

    Raises:
        InputError: the user shows several, and one process cannot use them.
    """
    count = torch.cuda.device_count()
    if chosen := chosen_gpu(os.environ.get(VISIBLE), count):
        os.environ[VISIBLE] = chosen
        tell(f"one process trains, on the first of {count} GPUs; {VISIBLE} names another")


def refuse_few_gpus(processes: int) -> None:
    """Refuse more processes than GPUs, where there are GPUs.

    Raises:
        InputError: two processes would have to share one.
    """
    count = torch.cuda.device_count()
    if 0 < count < processes:
        what = f"is {processes}, and {count} GPUs are here"
        raise InputError(Problem("train.processes", what, "give one process to each GPU"))


def chosen_gpu(visible: str | None, count: int) -> str | None:
    """Return what CUDA_VISIBLE_DEVICES must be set to, or None where nothing need be done.

    Raises:
        InputError: it is set, and shows several GPUs.
    """
    if count <= 1:
        return None
    if visible is None:
        return "0"
    what = f"{visible} shows {count} GPUs, and one process trains, which TRL refuses"
    raise InputError(Problem(VISIBLE, what, "name one of them"))
